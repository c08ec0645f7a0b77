import type { SqlExecutor } from '@entrepot/database/transaction';
import { withTransaction } from '@entrepot/database/transaction';
import { appendToOutbox } from '@entrepot/events/outbox';
import { newUuid, typeId } from '@entrepot/kernel/ids';
import type pg from 'pg';
import type { NewVariant } from '../domain/variant.ts';
import { categoryAnnouncement, variantAnnouncement } from './announcements.ts';
import { insertStock } from './new-variants.ts';

export type SeedCategory = { slug: string; name: string; parent: string | undefined };
export type SeedProduct = { slug: string; name: string; category: string; variant: NewVariant };
export type Seeded = { categories: number; products: number };

/** More rows than this are sent as several statements, so that none is large. */
const ROWS_AT_ONCE = 1_000;

/**
 * Fills an empty catalogue in one transaction, events included; does nothing when there is a product already. `load`
 * is called only when there is work, because reading the shop's file takes a second.
 */
export function seedCatalogue(
  pool: pg.Pool,
  load: () => { categories: readonly SeedCategory[]; products: readonly SeedProduct[] },
  now: Date,
): Promise<Seeded> {
  return withTransaction(
    pool,
    async (tx) => {
      // Two replicas that start at once must not both find the catalogue empty.
      await tx.query('LOCK TABLE category IN SHARE ROW EXCLUSIVE MODE');
      const { rows } = await tx.query('SELECT 1 FROM product LIMIT 1');
      if (rows.length > 0) return { categories: 0, products: 0 };

      const { categories, products } = load();
      const categoryUuids = await insertCategories(tx, categories, now);
      for (let start = 0; start < products.length; start += ROWS_AT_ONCE) {
        await insertProducts(tx, products.slice(start, start + ROWS_AT_ONCE), categoryUuids, now);
      }
      // Without statistics the first minutes' plans join whole tables: the variants of a page cost five times as much.
      await tx.query('ANALYZE category, product, variant, stock');
      return { categories: categories.length, products: products.length };
    },
    { timeoutMs: 60_000 },
  );
}

async function insertCategories(tx: SqlExecutor, categories: readonly SeedCategory[], now: Date) {
  const fresh = new Map(categories.map(({ slug }) => [slug, newUuid(now)]));
  await tx.query(
    `INSERT INTO category (id, slug, name, parent_id, created_at)
    SELECT c.*, $5 FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[]) AS c ON CONFLICT (slug) DO NOTHING`,
    [
      [...fresh.values()],
      categories.map(({ slug }) => slug),
      categories.map(({ name }) => name),
      categories.map(({ parent }) => (parent === undefined ? null : fresh.get(parent))),
      now,
    ],
  );
  // Somebody may have made shelves before there were goods: theirs are used.
  const { rows } = await tx.query<{ id: string; slug: string }>('SELECT id, slug FROM category WHERE slug = ANY($1)', [
    [...fresh.keys()],
  ]);
  await appendToOutbox(
    tx,
    rows.map(({ id }) => categoryAnnouncement(typeId('cat', id))),
  );
  return new Map(rows.map(({ id, slug }) => [slug, id]));
}

async function insertProducts(
  tx: SqlExecutor,
  products: readonly SeedProduct[],
  categories: ReadonlyMap<string, string>,
  now: Date,
): Promise<void> {
  const rows = products.map((product) => ({ ...product, productUuid: newUuid(now), variantUuid: newUuid(now) }));
  await tx.query(
    `INSERT INTO product (id, slug, name, name_key, description, category_id, is_published, currency_code,
      lowest_price_minor, highest_price_minor, variant_words, created_at, updated_at)
    SELECT p.id, p.slug, p.name, p.name_key, '', p.category_id, true, p.currency_code, p.price, p.price, p.words, $9, $9
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::bigint[], $8::text[])
      AS p(id, slug, name, name_key, category_id, currency_code, price, words)`,
    [
      rows.map(({ productUuid }) => productUuid),
      rows.map(({ slug }) => slug),
      rows.map(({ name }) => name),
      rows.map(({ name }) => name.toLowerCase()),
      rows.map(({ category }) => categories.get(category) ?? null),
      rows.map(({ variant }) => variant.price.currency),
      rows.map(({ variant }) => String(variant.price.minor)),
      rows.map(({ variant }) => variant.sku),
      now,
    ],
  );
  await tx.query(
    `INSERT INTO variant (id, product_id, sku, name, currency_code, price_minor, position, created_at)
    SELECT v.id, v.product_id, v.sku, '', v.currency_code, v.price, 0, $6
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bigint[]) AS v(id, product_id, sku, currency_code, price)`,
    [
      rows.map(({ variantUuid }) => variantUuid),
      rows.map(({ productUuid }) => productUuid),
      rows.map(({ variant }) => variant.sku),
      rows.map(({ variant }) => variant.price.currency),
      rows.map(({ variant }) => String(variant.price.minor)),
      now,
    ],
  );
  const levels = rows.map(({ variantUuid, variant }) => ({ variantUuid, onHand: variant.openingStock }));
  await insertStock(tx, levels, now);
  const events = rows.map(({ productUuid, variantUuid, slug, name, variant }) =>
    variantAnnouncement(
      { id: typeId('prod', productUuid), slug, name, isPublished: true },
      { id: typeId('var', variantUuid), sku: variant.sku, name: '', price: variant.price, version: 1 },
    ),
  );
  await appendToOutbox(tx, events);
}
