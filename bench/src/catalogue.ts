import type { Client } from '@entrepot/shopper/client';
import { z } from 'zod';

const PAGE = `query CataloguePage($after: String) {
  products(first: 100, after: $after) {
    nodes { slug variants { id sku } }
    pageInfo { hasNextPage endCursor }
  }
}`;

const Page = z.object({
  products: z.object({
    nodes: z.array(z.object({ slug: z.string(), variants: z.array(z.object({ id: z.string(), sku: z.string() })) })),
    pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
  }),
});

/** Every variant of the shop, read page by page as a crawler would. */
export async function readCatalogue(client: Client): Promise<{ sku: string; slug: string; variantId: string }[]> {
  const found: { sku: string; slug: string; variantId: string }[] = [];
  let after: string | null = null;
  do {
    const { products }: z.infer<typeof Page> = await client.ask(PAGE, { after }, Page);
    for (const { slug, variants } of products.nodes)
      for (const { id, sku } of variants) found.push({ sku, slug, variantId: id });
    after = products.pageInfo.hasNextPage ? products.pageInfo.endCursor : null;
  } while (after !== null);
  return found;
}
