import type { SqlExecutor } from '@entrepot/database/transaction';
import { newUuid, requireUuid, typeId } from '@entrepot/kernel/ids';
import type { Offer } from '../domain/reservations.ts';
import type { Movement } from '../domain/stock.ts';

type OfferRow = {
  id: string;
  product_id: string;
  sku: string;
  price_minor: string;
  currency_code: string;
  is_published: boolean;
  on_hand: number;
  reserved: number;
};

/** Locks the stock of variants, always in the order of their ids, so that no two batches wait for each other. */
export async function lockOffers(
  tx: SqlExecutor,
  variantUuids: readonly string[],
): Promise<Map<string, Offer & { productId: string }>> {
  if (variantUuids.length === 0) return new Map();
  const { rows } = await tx.query<OfferRow>(
    `SELECT v.id, v.product_id, v.sku, v.price_minor, v.currency_code, p.is_published, s.on_hand, s.reserved
    FROM stock s JOIN variant v ON v.id = s.variant_id JOIN product p ON p.id = v.product_id
    WHERE s.variant_id = ANY($1::uuid[]) ORDER BY s.variant_id FOR UPDATE OF s`,
    [variantUuids],
  );
  return new Map(rows.map((row) => [typeId('var', row.id), toOffer(row)]));
}

/** Applies movements to the levels: one update, and one row of it a variant. Gives the new levels. */
export async function writeLevels(tx: SqlExecutor, movements: readonly Movement[]) {
  const changes = new Map<string, { onHand: number; reserved: number }>();
  for (const { variantId, onHandChange, reservedChange } of movements) {
    const { onHand, reserved } = changes.get(variantId) ?? { onHand: 0, reserved: 0 };
    changes.set(variantId, { onHand: onHand + onHandChange, reserved: reserved + reservedChange });
  }
  if (changes.size === 0) return [];
  const { rows } = await tx.query<{ variant_id: string; available: number; version: number }>(
    `UPDATE stock s SET on_hand = s.on_hand + c.on_hand, reserved = s.reserved + c.reserved, version = s.version + 1
    FROM unnest($1::uuid[], $2::int[], $3::int[]) AS c(variant_id, on_hand, reserved)
    WHERE s.variant_id = c.variant_id RETURNING s.variant_id, s.on_hand - s.reserved AS available, s.version`,
    [
      [...changes.keys()].map((id) => requireUuid('var', id)),
      [...changes.values()].map(({ onHand }) => onHand),
      [...changes.values()].map(({ reserved }) => reserved),
    ],
  );
  return rows.map((row) => ({
    variantId: typeId('var', row.variant_id),
    available: row.available,
    version: row.version,
  }));
}

/** Writes movements into the ledger. */
export async function writeMovements(tx: SqlExecutor, movements: readonly Movement[], now: Date): Promise<void> {
  if (movements.length === 0) return;
  await tx.query(
    `INSERT INTO stock_movement (id, variant_id, kind, on_hand_change, reserved_change, order_id, at)
    SELECT m.*, $7 FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::int[], $5::int[], $6::uuid[]) AS m`,
    [
      movements.map(() => newUuid(now)),
      movements.map(({ variantId }) => requireUuid('var', variantId)),
      movements.map(({ kind }) => kind),
      movements.map(({ onHandChange }) => onHandChange),
      movements.map(({ reservedChange }) => reservedChange),
      movements.map(({ orderId }) => (orderId === undefined ? null : requireUuid('ord', orderId))),
      now,
    ],
  );
}

const toOffer = (row: OfferRow): Offer & { productId: string } => ({
  productId: typeId('prod', row.product_id),
  sku: row.sku,
  priceMinor: BigInt(row.price_minor),
  currencyCode: row.currency_code,
  isSold: row.is_published,
  level: { onHand: row.on_hand, reserved: row.reserved },
});
