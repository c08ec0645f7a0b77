import type { Client } from '@entrepot/shopper/client';
import { z } from 'zod';

const PAGE = `query CataloguePage($after: String) {
  products(first: 100, after: $after) {
    nodes { id slug variants { id sku } }
    pageInfo { hasNextPage endCursor }
  }
}`;

const Page = z.object({
  products: z.object({
    nodes: z.array(
      z.object({ id: z.string(), slug: z.string(), variants: z.array(z.object({ id: z.string(), sku: z.string() })) }),
    ),
    pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }),
  }),
});

export type CatalogueEntry = { sku: string; slug: string; productId: string; variantId: string };

/** Every variant of the shop, read page by page as a crawler would. */
export async function readCatalogue(client: Client): Promise<CatalogueEntry[]> {
  const found: CatalogueEntry[] = [];
  let after: string | null = null;
  do {
    const { products }: z.infer<typeof Page> = await client.ask(PAGE, { after }, Page);
    for (const { id: productId, slug, variants } of products.nodes)
      for (const { id, sku } of variants) found.push({ sku, slug, productId, variantId: id });
    after = products.pageInfo.hasNextPage ? products.pageInfo.endCursor : null;
  } while (after !== null);
  return found;
}
