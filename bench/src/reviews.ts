import type { Client } from '@entrepot/shopper/client';
import { createShopper, must, payload } from '@entrepot/shopper/shopper';
import { z } from 'zod';

const REVIEWERS = 3;
const Reviewed = payload({ review: z.object({ id: z.string() }).nullable() });
const REVIEW = `mutation ReviewProduct($input: ReviewProductInput!) {
  result: reviewProduct(input: $input) { review { id } userErrors { code message } }
}`;

/** Gives each of these products a review of three customers, as a shop of some age has them. */
export async function writeReviews(client: Client, productIds: readonly string[]): Promise<void> {
  const shopper = createShopper(client);
  for (let reviewer = 0; reviewer < REVIEWERS; reviewer++) {
    const opened = await shopper.register(
      `reviewer-${reviewer}@shop.example`,
      'a password of theirs',
      `Reviewer ${reviewer}`,
    );
    const { session } = must(opened);
    for (const productId of productIds) {
      const input = { productId, rating: 1 + (reviewer % 5), text: 'As described, and it arrived in time.' };
      await client.ask(REVIEW, { input }, Reviewed, session.accessToken);
    }
  }
}
