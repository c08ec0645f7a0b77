import { listenTo } from '@entrepot/database/listener';
import { poolExecutor } from '@entrepot/database/transaction';
import type { Logger } from '@entrepot/telemetry/logger';
import type { Registry } from '@entrepot/telemetry/metrics';
import type pg from 'pg';
import { Gauge } from 'prom-client';
import { isSettled, type Order } from '../domain/order.ts';
import { columns, orderId, orderKey } from './keys.ts';

export type Outcomes = ReturnType<typeof createOutcomes>;
export type OutcomesOptions = { pool: pg.Pool; connect: () => Promise<pg.Client>; logger: Logger; registry: Registry };
export type Waiter = {
  /** The order when it settled here, `elsewhere` when another process settled it; undefined when time ran out. */
  readonly outcome: Promise<Order | 'elsewhere' | undefined>;
  cancel(): void;
};

const CHANNEL = 'orders_settled';
/** A notification holds 8,000 bytes; an id and its comma take 37. */
const MAX_IDS = 200;
const POLL_MS = 500;
/** More than this wait for nothing: they are told PLACED, and may look again. */
const MAX_WAITERS = 5_000;

const SETTLED = `
SELECT o.id FROM unnest($1::smallint[], $2::uuid[]) AS k(shard, id)
JOIN "order" o ON o.shard = k.shard AND o.id = k.id WHERE o.status <> 'PLACED'`;

/**
 * Tells those who wait for an order that it settled, wherever that happened. One listening connection a process; a
 * notification is a hint, the poll finds what it missed. Who waits holds no lock and no connection.
 */
export function createOutcomes({ pool, connect, logger, registry }: OutcomesOptions) {
  const sql = poolExecutor(pool);
  const waiters = new Map<string, Set<(outcome: Order | 'elsewhere' | undefined) => void>>();
  let count = 0;
  let poll: NodeJS.Timeout | undefined;
  let isClosed = false;

  new Gauge({
    name: 'orders_waiters',
    help: 'Requests that wait for an order to settle',
    registers: [registry],
    collect() {
      this.set(count);
    },
  });

  const settle = (id: string, outcome: Order | 'elsewhere') => {
    for (const wake of waiters.get(id) ?? []) wake(outcome);
  };

  const look = async () => {
    clearTimeout(poll);
    poll = undefined;
    if (waiters.size === 0) return;
    try {
      const { rows } = await sql.query<{ id: string }>(SETTLED, columns([...waiters.keys()].map(orderKey)));
      for (const { id } of rows) settle(orderId(id), 'elsewhere');
    } catch (error) {
      logger.warn({ err: error }, 'could not look whether orders have settled');
    }
    schedulePoll();
  };
  const schedulePoll = () => {
    if (waiters.size > 0 && !isClosed) poll ??= setTimeout(look, POLL_MS);
  };

  const listener = listenTo(
    CHANNEL,
    connect,
    (payload) => {
      // After a connection was lost: look for what was not heard.
      if (payload === undefined) void look();
      for (const uuid of payload?.split(',') ?? []) settle(orderId(uuid), 'elsewhere');
    },
    logger,
  );

  // Outside any transaction and in batches: a NOTIFY in a transaction serializes every commit of the database.
  let untold: string[] = [];
  let telling: NodeJS.Immediate | undefined;
  const notify = async () => {
    telling = undefined;
    const ids = untold;
    untold = [];
    for (let start = 0; start < ids.length; start += MAX_IDS) {
      const payload = ids.slice(start, start + MAX_IDS).join(',');
      await sql.query('SELECT pg_notify($1, $2)', [CHANNEL, payload]).catch((error: unknown) => {
        logger.warn({ err: error }, 'could not notify of settled orders: whoever waits finds them by looking');
      });
    }
  };

  return {
    /** Begins to wait. Begin before the order can settle, or look at it afterwards. */
    wait(id: string, timeoutMs: number): Waiter {
      let finish: (outcome: Order | 'elsewhere' | undefined) => void = () => {};
      if (timeoutMs <= 0 || count >= MAX_WAITERS) return { outcome: Promise.resolve(undefined), cancel: () => {} };
      const outcome = new Promise<Order | 'elsewhere' | undefined>((resolve) => {
        const timer = setTimeout(() => finish(undefined), timeoutMs);
        const group = waiters.get(id) ?? new Set();
        finish = (given) => {
          clearTimeout(timer);
          if (!group.delete(finish)) return;
          count--;
          if (group.size === 0) waiters.delete(id);
          resolve(given);
        };
        group.add(finish);
        waiters.set(id, group);
        count++;
      });
      schedulePoll();
      return { outcome, cancel: () => finish(undefined) };
    },

    /** Tells of orders that settled here. Who waits in this process is told at once, the others are notified. */
    tell(orders: readonly Order[]): void {
      for (const order of orders.filter(isSettled)) {
        if (waiters.has(order.id)) settle(order.id, order);
        else untold.push(orderKey(order.id).uuid);
      }
      if (untold.length > 0) telling ??= setImmediate(notify);
    },

    async close(): Promise<void> {
      isClosed = true;
      clearTimeout(poll);
      if (telling) clearImmediate(telling);
      for (const id of [...waiters.keys()]) for (const wake of waiters.get(id) ?? []) wake(undefined);
      await listener.stop();
    },
  };
}
