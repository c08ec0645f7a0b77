import type { SqlExecutor } from '@entrepot/database/transaction';
import type { Decision, Order, OrderLine, Payment } from '../domain/order.ts';
import { cartKey, type Key, orderKey, paymentKey } from './keys.ts';

export type Change = { readonly before: Order; readonly decision: Decision };

/**
 * Saves what was decided about any number of orders in ONE statement, whose parts are left out when they have nothing
 * to do. The version is the lock: an order that somebody else changed meanwhile is left as it is, with all that belongs
 * to it. Returns the uuids of the orders that were saved.
 *
 * Measured in CPU of this process for one step (order, payment, history): 0.23 ms, through the Prisma client 1.74 ms.
 */
export async function saveOrders(sql: SqlExecutor, changes: readonly Change[], dueAt: Date): Promise<Set<string>> {
  const statement = createStatement();
  // In the order of the ids, so that two who save the same orders at once do not wait for each other in a ring.
  const rows = changes
    .map(({ before, decision }) => ({ key: orderKey(before.id), before, decision, after: decision.order }))
    .sort((a, b) => (a.key.uuid < b.key.uuid ? -1 : 1));
  statement.with(
    'moved',
    rows,
    {
      shard: ['smallint', ({ key }) => key.shard],
      id: ['uuid', ({ key }) => key.uuid],
      version: ['int', ({ before }) => before.version],
      status: ['text', ({ after }) => after.status],
      awaiting: ['text', ({ after }) => after.awaiting],
      reason: ['text', ({ after }) => after.cancellationReason],
      captured: ['bigint', ({ after }) => after.capturedMinor],
      refunded: ['bigint', ({ after }) => after.refundedMinor],
      tracking: ['text', ({ after }) => after.trackingCode],
      token: ['text', ({ after }) => after.paymentToken],
      due: ['timestamptz', () => dueAt],
    },
    (from) => `UPDATE "order" o SET status = c.status, awaiting = c.awaiting, cancellation_reason = c.reason,
      captured_minor = c.captured, refunded_minor = c.refunded, tracking_code = c.tracking, payment_token = c.token,
      version = o.version + 1, due_at = c.due, sweeps = 0
      FROM ${from} WHERE o.shard = c.shard AND o.id = c.id AND o.version = c.version RETURNING o.shard, o.id`,
  );
  const ofMoved = 'JOIN moved m ON m.shard = c.shard AND m.id = c.order_id';
  const ids = {
    shard: ['smallint', ({ key }: { key: Key }) => key.shard],
    order_id: ['uuid', ({ key }: { key: Key }) => key.uuid],
  } as const;

  const payments = rows.flatMap(({ key, before, after }) =>
    changed(before.payments, after.payments).map((payment) => ({ key, payment, isNew: isNew(before, payment) })),
  );
  const paymentColumns = {
    ...ids,
    id: ['uuid', ({ payment }: (typeof payments)[number]) => paymentKey(payment.id).uuid],
    status: ['text', ({ payment }: (typeof payments)[number]) => payment.status],
    refunded: ['bigint', ({ payment }: (typeof payments)[number]) => payment.refundedMinor],
    check_at: ['timestamptz', ({ payment }: (typeof payments)[number]) => payment.checkAt],
  } as const;
  statement.with(
    'opened',
    payments.filter(({ isNew }) => isNew),
    {
      ...paymentColumns,
      provider: ['text', ({ payment }) => payment.provider],
      amount: ['bigint', ({ payment }) => payment.amountMinor],
      created_at: ['timestamptz', ({ payment }) => payment.createdAt],
    },
    (from) => `INSERT INTO payment (shard, order_id, id, provider, status, amount_minor, created_at)
      SELECT c.shard, c.order_id, c.id, c.provider, c.status, c.amount, c.created_at FROM ${from} ${ofMoved}`,
  );
  statement.with(
    'paid',
    payments.filter(({ isNew }) => !isNew),
    paymentColumns,
    (from) => `UPDATE payment p SET status = c.status, refunded_minor = c.refunded, check_at = c.check_at
      FROM ${from} ${ofMoved} WHERE p.shard = c.shard AND p.id = c.id`,
  );
  statement.with(
    'cut',
    rows.flatMap(({ key, before, after }) => changed(before.lines, after.lines).map((line) => ({ key, line }))),
    {
      ...ids,
      position: ['smallint', ({ line }) => line.position],
      cancelled: ['int', ({ line }) => line.cancelledQuantity],
    },
    (from) => `UPDATE order_line l SET cancelled_quantity = c.cancelled
      FROM ${from} ${ofMoved} WHERE l.shard = c.shard AND l.order_id = c.order_id AND l.position = c.position`,
  );
  statement.with(
    'owed',
    rows.flatMap(({ key, decision }) => decision.refunds.map((refund) => ({ key, refund }))),
    {
      ...ids,
      id: ['uuid', ({ refund }) => refund.id],
      payment_id: ['uuid', ({ refund }) => paymentKey(refund.paymentId).uuid],
      amount: ['bigint', ({ refund }) => refund.amountMinor],
      due: ['timestamptz', () => dueAt],
    },
    (from) => `INSERT INTO refund (shard, order_id, id, payment_id, amount_minor, status, due_at, created_at)
      SELECT c.shard, c.order_id, c.id, c.payment_id, c.amount, 'PENDING', c.due, now() FROM ${from} ${ofMoved}`,
  );
  statement.with(
    'told',
    rows.flatMap(({ key, decision }) => decision.history.map((entry) => ({ key, entry }))),
    {
      ...ids,
      event: ['text', ({ entry }) => entry.event],
      detail: ['text', ({ entry }) => entry.detail],
      at: ['timestamptz', ({ entry }) => entry.at],
    },
    (from) => `INSERT INTO order_history (shard, order_id, event, detail, at)
      SELECT c.shard, c.order_id, c.event, c.detail, c.at FROM ${from} ${ofMoved}`,
  );
  statement.with(
    'reopened',
    rows.filter(({ decision }) => decision.reopensCart).map(({ key, after }) => ({ key, cart: cartKey(after.cartId) })),
    {
      ...ids,
      cart_shard: ['smallint', ({ cart }) => cart.shard],
      cart_id: ['uuid', ({ cart }) => cart.uuid],
    },
    (from) => `UPDATE cart t SET order_id = NULL, version = t.version + 1, updated_at = now()
      FROM ${from} ${ofMoved} WHERE t.shard = c.cart_shard AND t.id = c.cart_id AND t.order_id = c.order_id`,
  );
  const { rows: saved } = await sql.query<{ id: string }>(statement.text('SELECT id FROM moved'), statement.values);
  return new Set(saved.map(({ id }) => id));
}

/** A column's type and what a row has in it. */
type Columns<Row> = Readonly<Record<string, readonly [type: string, value: (row: Row) => unknown]>>;

/**
 * Puts a statement together from `WITH` parts, each fed by one array a column. Of one row its values are written as such:
 * PostgreSQL then goes to the one partition, where arrays leave it to open all eight with all their indexes.
 */
function createStatement() {
  const parts: string[] = [];
  const values: unknown[] = [];
  const param = (value: unknown, type: string) => `$${values.push(value)}::${type}`;
  return {
    values,
    with<Row>(name: string, rows: readonly Row[], columns: Columns<Row>, write: (from: string) => string): void {
      const [only, ...others] = rows;
      if (!only) return;
      const names = Object.keys(columns).join(', ');
      const given = Object.values(columns).map(([type, value]) =>
        others.length === 0 ? param(value(only), type) : param(rows.map(value), `${type}[]`),
      );
      const table = others.length === 0 ? `(SELECT ${given.join(', ')})` : `unnest(${given.join(', ')})`;
      parts.push(`${name} AS (${write(`${table} AS c(${names})`)})`);
    },
    text: (select: string): string => `WITH ${parts.join(',\n')}\n${select}`,
  };
}

/** Decisions copy what they change and nothing else: what is the same object is the same. */
function changed<Part extends OrderLine | Payment>(before: readonly Part[], after: readonly Part[]): Part[] {
  return after.filter((part, index) => part !== before[index]);
}

const isNew = ({ payments }: Order, { id }: Payment): boolean => payments.every((payment) => payment.id !== id);
