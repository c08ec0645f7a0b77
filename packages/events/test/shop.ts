import { connect } from '@entrepot/database/database';
import { poolExecutor, withTransaction } from '@entrepot/database/transaction';
import { newUuid, typeId } from '@entrepot/kernel/ids';
import { createRegistry } from '@entrepot/telemetry/metrics';
import { createTestDatabase } from '@entrepot/testing/test-database';
import { onTestFinished } from 'vitest';
import { event, type OutboxEvent } from '../src/contract.ts';
import { OrderCancelled, OrderPaid } from '../src/contracts/orders.ts';
import { claim } from '../src/inbox.ts';
import type { EventLog } from '../src/log.ts';
import { openEventLog } from '../src/open-event-log.ts';
import { appendToOutbox } from '../src/outbox.ts';
import { startRelay } from '../src/relay.ts';
import { once, silent, unique } from './fixture.ts';

/** A migrated database of orders and an event log in tables, until the test ends. */
export async function openShop() {
  const [own, events] = await Promise.all([createTestDatabase('orders'), createTestDatabase('empty')]);
  onTestFinished(async () => {
    await Promise.all([own.drop(), events.drop()]);
  });
  const database = openDatabase(own.url);
  const log = await openLog(events.url);
  return { database, log, eventsUrl: events.url, url: own.url };
}
export type Shop = Awaited<ReturnType<typeof openShop>>;

export function openDatabase(url: string) {
  const database = connect({
    url,
    poolSize: 5,
    applicationName: unique('shop'),
    logger: silent,
    registry: createRegistry('test'),
  });
  onTestFinished(() => database.close());
  return database;
}

export async function openLog(url: string): Promise<EventLog> {
  const log = await openEventLog({ EVENTS_DATABASE_URL: url }, 'test', silent);
  const close = once(() => log.close());
  onTestFinished(close);
  return { ...log, close };
}

export function openRelay({ database, log }: Pick<Shop, 'database' | 'log'>, registry = createRegistry('test')) {
  const relay = startRelay({ database, log, logger: silent, registry });
  const stop = once(() => relay.stop());
  onTestFinished(stop);
  return { ...relay, stop };
}

export const newOrderId = () => typeId('ord', newUuid());
export const cancelled = (orderId: string, reason = 'late') =>
  event(OrderCancelled, { orderId, customerId: 'usr_1', reason });
export const paid = (orderId: string) =>
  event(OrderPaid, { orderId, customerId: 'usr_1', currencyCode: 'EUR', totalMinor: '1', lines: [] });

export function append({ database }: Pick<Shop, 'database'>, events: readonly OutboxEvent[], shard = 7): Promise<void> {
  return withTransaction(database.pool, (tx) => appendToOutbox(tx, events, shard));
}

export async function createCounter({ database }: Pick<Shop, 'database'>): Promise<void> {
  await database.pool.query('CREATE TABLE counted (event_id text)');
}

/** Counts each event that was never claimed before, in one transaction with the claims. */
export async function countOnce({ database }: Pick<Shop, 'database'>, ids: readonly string[]): Promise<void> {
  await withTransaction(database.pool, async (tx) => {
    const claimed = await claim(
      tx,
      'counter',
      ids.map((id) => ({ id, shard: 7 })),
    );
    await tx.query('INSERT INTO counted SELECT unnest($1::text[])', [[...claimed]]);
  });
}

export async function counted({ database }: Pick<Shop, 'database'>): Promise<string[]> {
  const { rows } = await poolExecutor(database.pool).query<{ event_id: string }>('SELECT event_id FROM counted');
  return rows.map(({ event_id }) => event_id).toSorted();
}
