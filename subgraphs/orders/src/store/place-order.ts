import { createHash } from 'node:crypto';
import type { SqlExecutor } from '@entrepot/database/transaction';
import { requireUuid } from '@entrepot/kernel/ids';
import type { Cart } from '../domain/cart.ts';
import type { Decision, Order } from '../domain/order.ts';
import { cartKey, orderKey } from './keys.ts';

/** What makes a placing unrepeatable: the key, and the input that it was used with. */
export type Idempotency = { readonly key: string; readonly canonicalInput: string };

/** `known` when the key was used before; `cart-changed` when the cart is not any more as it was read. */
export type Placed =
  | { readonly type: 'placed'; readonly number: string }
  | { readonly type: 'known' }
  | { readonly type: 'cart-changed' };

// The order is the record of its key: of two who place it at once, the second waits at the unique index for the first to
// commit, then finds the key taken and writes nothing. What follows hangs on `placed`.
const PLACE = `
WITH placed AS (
  INSERT INTO "order" (shard, id, customer_id, status, awaiting, currency_code, total_minor, shipping_address,
    payment_provider, payment_token, cart_id, idempotency_key, input_hash, due_at, placed_at)
  VALUES ($1, $2, $3, 'PLACED', 'STOCK', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
  ON CONFLICT (shard, customer_id, idempotency_key) DO NOTHING RETURNING shard, id, number),
closed AS (
  UPDATE cart SET order_id = $2, version = version + 1, updated_at = $13
  WHERE shard = $14 AND id = $9 AND version = $15 AND order_id IS NULL AND EXISTS (SELECT FROM placed) RETURNING id),
bought AS (
  INSERT INTO order_line (shard, order_id, position, id, variant_id, sku, product_name, variant_name, quantity, unit_price_minor)
  SELECT p.shard, p.id, l.* FROM placed p, unnest($16::smallint[], $17::uuid[], $18::uuid[], $19::text[], $20::text[],
    $21::text[], $22::int[], $23::bigint[]) l),
told AS (
  INSERT INTO order_history (shard, order_id, event, at) SELECT shard, id, 'placed', $13 FROM placed)
SELECT number, EXISTS (SELECT FROM closed) AS is_closed FROM placed`;

/** Writes a new order, its lines and its history and closes the cart, in one statement of the transaction. */
export async function insertOrder(
  tx: SqlExecutor,
  { order }: Decision,
  cart: Cart,
  { key, canonicalInput }: Idempotency,
  dueAt: Date,
): Promise<Placed> {
  const { shard, uuid } = orderKey(order.id);
  const inCart = cartKey(cart.id);
  const { rows } = await tx.query<{ number: string; is_closed: boolean }>(PLACE, [
    shard,
    uuid,
    requireUuid('usr', order.customerId),
    order.currencyCode,
    order.totalMinor,
    JSON.stringify(order.shippingAddress),
    order.paymentProvider,
    order.paymentToken,
    inCart.uuid,
    key,
    hashOf(canonicalInput),
    dueAt,
    order.placedAt,
    inCart.shard,
    cart.version,
    ...lineColumns(order),
  ]);
  const [row] = rows;
  if (!row) return { type: 'known' };
  return row.is_closed ? { type: 'placed', number: row.number } : { type: 'cart-changed' };
}

const FIND = `
SELECT id, input_hash FROM "order" WHERE shard = $1 AND customer_id = $2 AND idempotency_key = $3`;

/** The order that a customer's key was used for, and whether with the same input. */
export async function findByKey(
  sql: SqlExecutor,
  shard: number,
  customerUuid: string,
  { key, canonicalInput }: Idempotency,
): Promise<{ uuid: string; isSameInput: boolean } | undefined> {
  const { rows } = await sql.query<{ id: string; input_hash: Buffer }>(FIND, [shard, customerUuid, key]);
  const [row] = rows;
  return row && { uuid: row.id, isSameInput: row.input_hash.equals(hashOf(canonicalInput)) };
}

const hashOf = (text: string): Buffer => createHash('sha256').update(text).digest();

function lineColumns({ lines }: Order) {
  return [
    lines.map(({ position }) => position),
    lines.map(({ id }) => requireUuid('line', id)),
    lines.map(({ variantId }) => requireUuid('var', variantId)),
    lines.map(({ sku }) => sku),
    lines.map(({ productName }) => productName),
    lines.map(({ variantName }) => variantName),
    lines.map(({ quantity }) => quantity),
    lines.map(({ unitPriceMinor }) => unitPriceMinor),
  ];
}
