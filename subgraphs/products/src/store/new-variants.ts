import type { SqlExecutor } from '@entrepot/database/transaction';
import { newUuid, typeId } from '@entrepot/kernel/ids';
import type { Problem } from '@entrepot/kernel/rejection';
import type { NewVariant } from '../domain/variant.ts';
import type { VersionedVariant } from './announcements.ts';
import { toVariant, type VariantRow, variantColumns } from './variant-rows.ts';

export type VersionedRow = VariantRow & { version: number };
export const versionedColumns = `${variantColumns}, v.version`;
export const toVersioned = (row: VersionedRow): VersionedVariant => ({ ...toVariant(row), version: row.version });

export const skuTaken = (sku: string, path: readonly string[]): Problem => ({
  code: 'SKU_TAKEN',
  message: `another variant has the SKU ${sku}`,
  path: [...path, 'sku'],
});

/** Those of the variants of which another one has the SKU already. */
export async function takenSkus<V extends Pick<NewVariant, 'sku'>>(
  tx: SqlExecutor,
  variants: readonly V[],
): Promise<V[]> {
  const skus = variants.map(({ sku }) => sku);
  const { rows } = await tx.query<{ sku: string }>('SELECT sku FROM variant WHERE sku = ANY($1)', [skus]);
  const taken = new Set(rows.map(({ sku }) => sku));
  return variants.filter(({ sku }) => taken.has(sku));
}

/**
 * Adds variants to a product that this transaction has locked or just added: with their stock, its receipt in the
 * ledger, and what the product keeps of them (prices, words for the search).
 */
export async function insertVariants(
  tx: SqlExecutor,
  productUuid: string,
  firstPosition: number,
  variants: readonly NewVariant[],
  now: Date,
): Promise<VersionedVariant[]> {
  const rows = variants.map((variant, index) => ({ ...variant, uuid: newUuid(now), position: firstPosition + index }));
  await tx.query(
    `INSERT INTO variant (id, product_id, sku, name, currency_code, price_minor, position, created_at)
    SELECT v.id, $1, v.sku, v.name, v.currency_code, v.price_minor, v.position, $8
    FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::int[])
      AS v(id, sku, name, currency_code, price_minor, position)`,
    [
      productUuid,
      rows.map(({ uuid }) => uuid),
      rows.map(({ sku }) => sku),
      rows.map(({ name }) => name),
      rows.map(({ price }) => price.currency),
      rows.map(({ price }) => String(price.minor)),
      rows.map(({ position }) => position),
      now,
    ],
  );
  await insertStock(
    tx,
    rows.map(({ uuid, openingStock }) => ({ variantUuid: uuid, onHand: openingStock })),
    now,
  );
  await refreshProduct(tx, productUuid, now);
  return rows.map(({ uuid, sku, name, price, openingStock }) => {
    const ids = { id: typeId('var', uuid), productId: typeId('prod', productUuid) };
    return { ...ids, sku, name, price, onHand: openingStock, reserved: 0, version: 1 };
  });
}

/** Opens stock levels, each with a receipt in the ledger unless it is empty. */
export async function insertStock(
  tx: SqlExecutor,
  levels: readonly { variantUuid: string; onHand: number }[],
  now: Date,
): Promise<void> {
  const filled = levels.filter(({ onHand }) => onHand > 0);
  await tx.query('INSERT INTO stock (variant_id, on_hand, reserved) SELECT *, 0 FROM unnest($1::uuid[], $2::int[])', [
    levels.map(({ variantUuid }) => variantUuid),
    levels.map(({ onHand }) => onHand),
  ]);
  await tx.query(
    `INSERT INTO stock_movement (id, variant_id, kind, on_hand_change, reserved_change, at)
    SELECT m.id, m.variant_id, 'RECEIPT', m.on_hand, 0, $4
    FROM unnest($1::uuid[], $2::uuid[], $3::int[]) AS m(id, variant_id, on_hand)`,
    [
      filled.map(() => newUuid(now)),
      filled.map(({ variantUuid }) => variantUuid),
      filled.map(({ onHand }) => onHand),
      now,
    ],
  );
}

/** Brings what a product keeps of its variants up to date. The product must be locked. */
export async function refreshProduct(tx: SqlExecutor, productUuid: string, now: Date): Promise<void> {
  await tx.query(
    `UPDATE product p SET currency_code = v.currency_code, lowest_price_minor = v.lowest, highest_price_minor = v.highest,
      variant_words = v.words, updated_at = $2
    FROM (SELECT min(currency_code) AS currency_code, min(price_minor) AS lowest, max(price_minor) AS highest,
        string_agg(sku || ' ' || name, ' ' ORDER BY position) AS words
      FROM variant WHERE product_id = $1) v
    WHERE p.id = $1`,
    [productUuid, now],
  );
}
