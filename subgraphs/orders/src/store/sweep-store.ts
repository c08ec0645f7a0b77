import { poolExecutor } from '@entrepot/database/transaction';
import { typeId } from '@entrepot/kernel/ids';
import type { Pool } from 'pg';
import { type Key, orderId, orderKey, paymentKey } from './keys.ts';

/** A refund that is to be paid out. */
export type DueRefund = {
  readonly id: string;
  readonly orderId: string;
  readonly paymentId: string;
  readonly provider: string;
  readonly amountMinor: bigint;
  readonly currencyCode: string;
  readonly attempts: number;
};
/** A payment given up, of which it is to be made sure that nothing was captured. */
export type DueCheck = {
  readonly paymentId: string;
  readonly orderId: string;
  readonly provider: string;
  readonly checks: number;
};
export type Oldest = {
  readonly stock: number;
  readonly payment: number;
  readonly refund: number;
  readonly check: number;
};
export type SweepStore = ReturnType<typeof createSweepStore>;

/** Each further look waits twice as long, up to ten minutes. */
const LATER = (count: string) =>
  `now() + least(interval '10 minutes', $2 * interval '1 millisecond' * 2 ^ least(${count}, 12))`;

// Who claims a row puts its time off: until then it is theirs, and after a crash of theirs anybody's. SKIP LOCKED lets
// two sweepers at once take different rows. The version stays: a claim is no change that a step would have to heed.
const ORDERS = `
UPDATE "order" o SET due_at = ${LATER('o.sweeps')}, sweeps = o.sweeps + 1
FROM (SELECT shard, id FROM "order" WHERE status = 'PLACED' AND due_at <= now()
  ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED) due
WHERE o.shard = due.shard AND o.id = due.id RETURNING o.shard, o.id`;
const REFUNDS = `
UPDATE refund r SET due_at = ${LATER('r.attempts')}, attempts = r.attempts + 1
FROM (SELECT shard, id FROM refund WHERE status = 'PENDING' AND due_at <= now()
  ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED) due, payment p, "order" o
WHERE r.shard = due.shard AND r.id = due.id AND p.shard = r.shard AND p.id = r.payment_id
  AND o.shard = r.shard AND o.id = r.order_id
RETURNING r.id, r.order_id, r.payment_id, p.provider, r.amount_minor, o.currency_code, r.attempts`;
const CHECKS = `
UPDATE payment p SET check_at = ${LATER('p.checks')}, checks = p.checks + 1
FROM (SELECT shard, id FROM payment WHERE check_at <= now()
  ORDER BY check_at LIMIT $1 FOR UPDATE SKIP LOCKED) due
WHERE p.shard = due.shard AND p.id = due.id RETURNING p.id, p.order_id, p.provider, p.checks`;
const OLDEST = `
SELECT
  (SELECT min(placed_at) FROM "order" WHERE status = 'PLACED' AND awaiting = 'STOCK') AS stock,
  (SELECT min(placed_at) FROM "order" WHERE status = 'PLACED' AND awaiting = 'PAYMENT') AS payment,
  (SELECT min(created_at) FROM refund WHERE status = 'PENDING') AS refund,
  (SELECT min(created_at) FROM payment WHERE check_at IS NOT NULL) AS check,
  now() AS now`;
const PAID_OUT = `
WITH done AS (
  UPDATE refund SET status = 'DONE' WHERE shard = $1 AND id = $2 AND status = 'PENDING' RETURNING shard, order_id)
INSERT INTO order_history (shard, order_id, event, detail, at) SELECT shard, order_id, 'refunded', $3, now() FROM done`;
const OLD_CARTS = `
DELETE FROM cart WHERE (shard, id) IN (
  SELECT shard, id FROM cart WHERE updated_at < now() - interval '30 days' LIMIT $1 FOR UPDATE SKIP LOCKED)`;

/** What the sweeper takes over from processes that died, in bounded batches, and how old the oldest of it is. */
export function createSweepStore(pool: Pool, leaseMs: number) {
  const sql = poolExecutor(pool);
  return {
    async dueOrders(limit: number): Promise<Key[]> {
      const { rows } = await sql.query<{ shard: number; id: string }>(ORDERS, [limit, leaseMs]);
      return rows.map(({ shard, id }) => ({ shard, uuid: id }));
    },

    async dueRefunds(limit: number): Promise<DueRefund[]> {
      const { rows } = await sql.query<RefundRow>(REFUNDS, [limit, leaseMs]);
      return rows.map((row) => ({
        id: row.id,
        orderId: orderId(row.order_id),
        paymentId: typeId('pay', row.payment_id),
        provider: row.provider,
        amountMinor: BigInt(row.amount_minor),
        currencyCode: row.currency_code,
        attempts: row.attempts,
      }));
    },

    async dueChecks(limit: number): Promise<DueCheck[]> {
      const { rows } = await sql.query<CheckRow>(CHECKS, [limit, leaseMs]);
      return rows.map(({ id, order_id, provider, checks }) => {
        return { paymentId: typeId('pay', id), orderId: orderId(order_id), provider, checks };
      });
    },

    /** The provider has paid a refund out. Said twice, it is written once. */
    async paidOut(order: string, refundId: string, detail: string): Promise<void> {
      await sql.query(PAID_OUT, [orderKey(order).shard, refundId, detail]);
    },

    /** It is certain now that a payment given up captured nothing. */
    async checked(paymentId: string): Promise<void> {
      const { shard, uuid } = paymentKey(paymentId);
      await sql.query('UPDATE payment SET check_at = NULL WHERE shard = $1 AND id = $2', [shard, uuid]);
    },

    /** The order that a payment is for. */
    async orderOfPayment(paymentId: string): Promise<string | undefined> {
      const { shard, uuid } = paymentKey(paymentId);
      const text = 'SELECT order_id FROM payment WHERE shard = $1 AND id = $2';
      const { rows } = await sql.query<{ order_id: string }>(text, [shard, uuid]);
      return rows[0] && orderId(rows[0].order_id);
    },

    /** Deletes some of the carts that nobody touched for 30 days; returns how many. */
    async dropOldCarts(limit: number): Promise<number> {
      const { rowCount } = await sql.query(OLD_CARTS, [limit]);
      return rowCount;
    },

    /** Age in seconds of the oldest that waits, by what it waits for. */
    async oldest(): Promise<Oldest> {
      const { rows } = await sql.query<Record<keyof Oldest | 'now', Date | null>>(OLDEST);
      const [row] = rows;
      const age = (since: Date | null | undefined) =>
        since && row?.now ? Math.max(0, (row.now.getTime() - since.getTime()) / 1000) : 0;
      return { stock: age(row?.stock), payment: age(row?.payment), refund: age(row?.refund), check: age(row?.check) };
    },
  };
}

type RefundRow = {
  id: string;
  order_id: string;
  payment_id: string;
  provider: string;
  amount_minor: string;
  currency_code: string;
  attempts: number;
};
type CheckRow = { id: string; order_id: string; provider: string; checks: number };
