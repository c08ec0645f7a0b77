import { poolExecutor } from '@entrepot/database/transaction';
import { requireUuid, typeId } from '@entrepot/kernel/ids';
import { shardOfCustomer } from '@entrepot/kernel/shard';
import type { Pool } from 'pg';
import { z } from 'zod';
import {
  AWAITED,
  CANCELLATION_REASONS,
  type HistoryEntry,
  type HistoryEvent,
  ORDER_STATUSES,
  type OrderHead,
  type OrderLine,
  type OrderStatus,
  PAYMENT_STATUSES,
  type Payment,
} from '../domain/order.ts';
import type { PrismaClient } from '../generated/prisma/client.ts';
import { columns, keyTable, orderId, orderKey } from './keys.ts';
import { HEAD_COLUMNS, type HeadRow, LINE_COLUMNS, type LineRow, toHead, toLine } from './order-rows.ts';

export type OrderReads = ReturnType<typeof createOrderReads>;
/** Up to `limit` orders after the one with the id `after`, newest first. */
export type Slice = { readonly limit: number; readonly after: string | undefined };

const HISTORY_ENTRIES = 100;
/** Above every UUID: where a list begins that begins at its newest. */
const NEWEST = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/**
 * Reads for pages and lists: always a set of keys in one statement. The Prisma client where it costs no more than about
 * twice as much. Measured in CPU of this process, raw and by Prisma: an order 0.18 and 0.99 ms, 50 orders 0.70 and 3.25,
 * lines of an order 0.12 and 0.36, payments of 50 orders 0.34 and 0.77; the list of all orders is the back office's.
 */
export function createOrderReads(pool: Pool, prisma: PrismaClient, replica: PrismaClient = prisma) {
  const sql = poolExecutor(pool);
  return {
    async heads(ids: readonly string[]): Promise<OrderHead[]> {
      const { from, values } = keyTable(ids.map(orderKey));
      const { rows } = await sql.query<HeadRow>(
        `SELECT ${HEAD_COLUMNS} FROM ${from} JOIN "order" o ON o.shard = k.shard AND o.id = k.id`,
        values,
      );
      return rows.map(toHead);
    },

    async lines(ids: readonly string[]): Promise<(OrderLine & { orderId: string })[]> {
      const { from, values } = keyTable(ids.map(orderKey));
      const { rows } = await sql.query<LineRow & { order_id: string }>(
        `SELECT l.order_id, ${LINE_COLUMNS} FROM ${from}
        JOIN order_line l ON l.shard = k.shard AND l.order_id = k.id ORDER BY l.order_id, l.position`,
        values,
      );
      return rows.map((row) => ({ ...toLine(row), orderId: orderId(row.order_id) }));
    },

    async payments(ids: readonly string[]): Promise<(Payment & { orderId: string })[]> {
      const [shards, uuids] = columns(ids.map(orderKey));
      const where = { shard: { in: [...new Set(shards)] }, orderId: { in: uuids } };
      const rows = await prisma.payment.findMany({ where, orderBy: { id: 'asc' } });
      return rows.map((row) => ({
        id: typeId('pay', row.id),
        orderId: orderId(row.orderId),
        provider: row.provider,
        status: oneOf(PAYMENT_STATUSES, row.status),
        amountMinor: row.amountMinor,
        refundedMinor: row.refundedMinor,
        checkAt: row.checkAt,
        createdAt: row.createdAt,
      }));
    },

    /** The newest entries of each order, oldest first. */
    async history(ids: readonly string[]): Promise<(HistoryEntry & { orderId: string })[]> {
      const { from, values } = keyTable(ids.map(orderKey));
      const { rows } = await sql.query<{ order_id: string; event: HistoryEvent; detail: string | null; at: Date }>(
        `SELECT h.order_id, h.event, h.detail, h.at FROM ${from}
        CROSS JOIN LATERAL (
          SELECT * FROM order_history h WHERE h.shard = k.shard AND h.order_id = k.id ORDER BY h.seq DESC LIMIT ${HISTORY_ENTRIES}) h
        ORDER BY h.order_id, h.seq`,
        values,
      );
      return rows.map(({ order_id, event, detail, at }) => ({ orderId: orderId(order_id), event, detail, at }));
    },

    /** All orders, for the back office; from the replica, when there is one: a list that is read and not acted on blindly. */
    async all({ limit, after }: Slice, status: OrderStatus | undefined): Promise<OrderHead[]> {
      const rows = await replica.order.findMany({
        where: { ...(status && { status }), ...(after !== undefined && { id: { lt: requireUuid('ord', after) } }) },
        orderBy: { id: 'desc' },
        take: limit,
      });
      return rows.map((row) =>
        toHead({
          id: row.id,
          number: row.number,
          customer_id: row.customerId,
          status: oneOf(ORDER_STATUSES, row.status),
          awaiting: row.awaiting === null ? null : oneOf(AWAITED, row.awaiting),
          cancellation_reason:
            row.cancellationReason === null ? null : oneOf(CANCELLATION_REASONS, row.cancellationReason),
          currency_code: row.currencyCode,
          total_minor: row.totalMinor,
          captured_minor: row.capturedMinor,
          refunded_minor: row.refundedMinor,
          shipping_address: Address.parse(row.shippingAddress),
          tracking_code: row.trackingCode,
          placed_at: row.placedAt,
        }),
      );
    },

    /** The orders of many customers, a slice of each, in one statement that goes to each one's shard. */
    async ofCustomers(customerIds: readonly string[], { limit, after }: Slice): Promise<OrderHead[]> {
      const uuids = customerIds.map((id) => requireUuid('usr', id));
      const { rows } = await sql.query<HeadRow>(
        `SELECT o.* FROM unnest($1::smallint[], $2::uuid[]) AS k(shard, customer_id)
        CROSS JOIN LATERAL (
          SELECT ${HEAD_COLUMNS} FROM "order" o
          WHERE o.shard = k.shard AND o.customer_id = k.customer_id AND o.id < $3
          ORDER BY o.id DESC LIMIT $4) o
        ORDER BY o.id DESC`,
        [uuids.map(shardOfCustomer), uuids, after === undefined ? NEWEST : requireUuid('ord', after), limit],
      );
      return rows.map(toHead);
    },
  };
}

/** Prisma knows a column with a CHECK only as text. */
function oneOf<const Value extends string>(values: readonly Value[], text: string): Value {
  const value = values.find((each) => each === text);
  if (value !== undefined) return value;
  throw new Error(`"${text}" is none of ${values.join(', ')}`);
}

const Address = z.object({
  recipient: z.string(),
  lines: z.array(z.string()),
  city: z.string(),
  region: z.string().nullable(),
  postalCode: z.string().nullable(),
  countryCode: z.string(),
});
