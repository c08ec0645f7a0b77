import type { SqlExecutor } from '@entrepot/database/transaction';
import { typeId } from '@entrepot/kernel/ids';
import type { Order, Payment, PaymentStatus } from '../domain/order.ts';
import { type Key, keyTable } from './keys.ts';
import { HEAD_COLUMNS, type HeadRow, LINE_COLUMNS, type LineRow, toHead, toLine } from './order-rows.ts';

// Lines and payments come along as JSON: one statement for whole orders, however many. Amounts as text, for JSON's
// numbers end at 2^53.
const load = (from: string) => `
SELECT ${HEAD_COLUMNS}, o.version, o.cart_id, o.payment_provider, o.payment_token,
  (SELECT json_agg(row_to_json(line)) FROM (
    SELECT ${LINE_COLUMNS.replace('l.unit_price_minor', 'l.unit_price_minor::text')}
    FROM order_line l WHERE l.shard = k.shard AND l.order_id = k.id ORDER BY l.position) line) AS lines,
  (SELECT json_agg(row_to_json(payment)) FROM (
    SELECT p.id, p.provider, p.status, p.amount_minor::text, p.refunded_minor::text, p.check_at, p.created_at
    FROM payment p WHERE p.shard = k.shard AND p.order_id = k.id ORDER BY p.id) payment) AS payments
FROM ${from}
JOIN "order" o ON o.shard = k.shard AND o.id = k.id`;

type PaymentRow = {
  id: string;
  provider: string;
  status: PaymentStatus;
  amount_minor: string;
  refunded_minor: string;
  check_at: string | null;
  created_at: string;
};

type OrderRow = HeadRow & {
  version: number;
  cart_id: string;
  payment_provider: string;
  payment_token: string | null;
  lines: LineRow[] | null;
  payments: PaymentRow[] | null;
};

/** Whole orders by key, in one statement; in no order, unknown ones left out. */
export async function loadOrders(sql: SqlExecutor, keys: readonly Key[]): Promise<Order[]> {
  if (keys.length === 0) return [];
  const { from, values } = keyTable(keys);
  const { rows } = await sql.query<OrderRow>(load(from), values);
  return rows.map(toOrder);
}

function toOrder(row: OrderRow): Order {
  return {
    ...toHead(row),
    version: row.version,
    cartId: typeId('cart', row.cart_id),
    paymentProvider: row.payment_provider,
    paymentToken: row.payment_token,
    lines: (row.lines ?? []).map(toLine),
    payments: (row.payments ?? []).map(toPayment),
  };
}

function toPayment(row: PaymentRow): Payment {
  return {
    id: typeId('pay', row.id),
    provider: row.provider,
    status: row.status,
    amountMinor: BigInt(row.amount_minor),
    refundedMinor: BigInt(row.refunded_minor),
    checkAt: row.check_at === null ? null : new Date(row.check_at),
    createdAt: new Date(row.created_at),
  };
}
