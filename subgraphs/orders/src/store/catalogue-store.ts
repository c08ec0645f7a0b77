import { poolExecutor } from '@entrepot/database/transaction';
import { requireUuid } from '@entrepot/kernel/ids';
import type { Pool } from 'pg';

/** What an event tells of a variant. */
export type VariantFacts = {
  readonly variantId: string;
  readonly productId: string;
  readonly sku: string;
  readonly productName: string;
  readonly variantName: string;
  readonly currencyCode: string;
  readonly priceMinor: string;
  readonly isSold: boolean;
  readonly version: number;
};

// The version guards against events that come late or twice.
const UPSERT = `
INSERT INTO catalogue_variant (id, product_id, sku, product_name, variant_name, currency_code, price_minor, is_sold, version)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $8::bool[], $9::int[])
ON CONFLICT (id) DO UPDATE SET product_id = excluded.product_id, sku = excluded.sku,
  product_name = excluded.product_name, variant_name = excluded.variant_name, currency_code = excluded.currency_code,
  price_minor = excluded.price_minor, is_sold = excluded.is_sold, version = excluded.version
WHERE catalogue_variant.version < excluded.version`;

export type CatalogueStore = ReturnType<typeof createCatalogueStore>;

/** The projection of the catalogue: what carts cost and orders copy. */
export function createCatalogueStore(pool: Pool) {
  const sql = poolExecutor(pool);
  return {
    /** Takes in a batch of changes in one statement; of several of one variant, the newest. */
    async learn(facts: readonly VariantFacts[]): Promise<void> {
      const newest = new Map<string, VariantFacts>();
      for (const fact of facts) {
        const known = newest.get(fact.variantId);
        if (!known || known.version < fact.version) newest.set(fact.variantId, fact);
      }
      // In the order of the ids: two batches at once must not lock each other's rows in a ring.
      const rows = [...newest.values()].sort((a, b) => (a.variantId < b.variantId ? -1 : 1));
      if (rows.length === 0) return;
      await sql.query(UPSERT, [
        rows.map(({ variantId }) => requireUuid('var', variantId)),
        rows.map(({ productId }) => requireUuid('prod', productId)),
        rows.map(({ sku }) => sku),
        rows.map(({ productName }) => productName),
        rows.map(({ variantName }) => variantName),
        rows.map(({ currencyCode }) => currencyCode),
        rows.map(({ priceMinor }) => priceMinor),
        rows.map(({ isSold }) => isSold),
        rows.map(({ version }) => version),
      ]);
    },
  };
}
