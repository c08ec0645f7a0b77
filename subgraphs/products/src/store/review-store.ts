import { newUuid, requireUuid, typeId } from '@entrepot/kernel/ids';
import { Rejection } from '@entrepot/kernel/rejection';
import { draftReview, type Review, type ReviewDraft } from '../domain/review.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';
import { reviewAnnouncement } from './announcements.ts';
import { lockProduct } from './product-store.ts';
import type { Write } from './writes.ts';

export function createReviewReader(prisma: PrismaClient, seesUnpublished: boolean) {
  return {
    byId: async (ids: readonly string[]): Promise<Review[]> => {
      const visible = seesUnpublished ? {} : { product: { isPublished: true } };
      const where = { id: { in: ids.map((id) => requireUuid('rev', id)) }, ...visible };
      return (await prisma.review.findMany({ where })).map(toReview);
    },
  };
}

/** Writes reviews, with the product's ratings in the same transaction. */
export function createReviewStore(write: Write) {
  return {
    /** Writes or replaces the author's review of a product. */
    write: (input: ReviewDraft, now: Date): Promise<string> =>
      write(async (tx) => {
        const draft = draftReview(input);
        // The lock makes reviews of one product take turns, so that its sum of ratings is right.
        const product = await lockProduct(tx, draft.productId);
        if (!product?.isPublished) {
          throw new Rejection('NOT_FOUND', `there is no product ${draft.productId}`, ['input', 'productId']);
        }
        const { rating, text, authorId } = draft;
        const key = [requireUuid('prod', draft.productId), requireUuid('usr', authorId)];
        const { rows } = await tx.query<{ id: string; rating: number }>(
          'SELECT id, rating FROM review WHERE product_id = $1 AND author_id = $2',
          key,
        );
        const earlier = rows[0];
        const uuid = earlier?.id ?? newUuid(now);
        await tx.query(
          `INSERT INTO review (id, product_id, author_id, rating, text, written_at) VALUES ($3, $1, $2, $4, $5, $6)
          ON CONFLICT (product_id, author_id) DO UPDATE SET rating = $4, text = $5, written_at = $6`,
          [...key, uuid, rating, text, now],
        );
        await tx.query(
          'UPDATE product SET rating_sum = rating_sum + $2, review_count = review_count + $3 WHERE id = $1',
          [key[0], rating - (earlier?.rating ?? 0), earlier ? 0 : 1],
        );
        const id = typeId('rev', uuid);
        return { result: id, events: [reviewAnnouncement(draft.productId, id)] };
      }),
  };
}

/** The columns of a review as `toReview` reads them, of a table called `r`. */
export const reviewColumns = `r.id, r.product_id AS "productId", r.author_id AS "authorId", r.rating, r.text,
  r.written_at AS "writtenAt"`;
export type ReviewRow = {
  id: string;
  productId: string;
  authorId: string;
  rating: number;
  text: string;
  writtenAt: Date;
};

export const toReview = (row: ReviewRow): Review => ({
  id: typeId('rev', row.id),
  productId: typeId('prod', row.productId),
  authorId: typeId('usr', row.authorId),
  rating: row.rating,
  text: row.text,
  writtenAt: row.writtenAt,
});
