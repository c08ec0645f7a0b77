import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectClient } from '@entrepot/database/database';
import { startEmbeddedPostgres } from '@entrepot/database/embedded';
import { ensureDatabase } from '@entrepot/database/ensure-database';
import { freePort } from '@entrepot/database/free-port';
import { migrate } from '@entrepot/database/migrate';
import { withTransaction } from '@entrepot/database/transaction';
import { createRegistry } from '@entrepot/telemetry/metrics';
import { expect, it, onTestFinished } from 'vitest';
import type { EventLog } from '../src/log.ts';
import { appendToOutbox, MAX_EVENT_BYTES } from '../src/outbox.ts';
import { range, read } from './fixture.ts';
import {
  append,
  cancelled,
  counted,
  countOnce,
  createCounter,
  newOrderId,
  openDatabase,
  openLog,
  openRelay,
  openShop,
  paid,
  type Shop,
} from './shop.ts';

const WAIT = { timeout: 15_000, interval: 20 };
const reasons = (seen: readonly { envelope: { data: unknown } }[]) =>
  seen.map(({ envelope }) => envelope.data).map((data) => (isReasoned(data) ? data.reason : undefined));
const isReasoned = (data: unknown): data is { reason: string } =>
  typeof data === 'object' && data !== null && 'reason' in data;
const readOrders = ({ log }: Pick<Shop, 'log'>) => read(log, { group: 'reader', topics: ['orders'] });

it('publishes what was committed, in its order, and leaves nothing in the outbox', async () => {
  const shop = await openShop();
  const orderId = newOrderId();
  const reader = await readOrders(shop);
  for (const place of range(5)) await append(shop, [cancelled(orderId, `${place}`), cancelled(orderId, `${place}b`)]);
  const relay = openRelay(shop);
  await relay.idle();
  await expect.poll(() => reasons(reader.seen), WAIT).toEqual(range(5).flatMap((place) => [`${place}`, `${place}b`]));
});

it('publishes what is committed late, and never what is rolled back', async () => {
  const shop = await openShop();
  const reader = await readOrders(shop);
  const relay = openRelay(shop);
  const begun = Promise.withResolvers<void>();
  const commit = Promise.withResolvers<void>();
  const late = withTransaction(shop.database.pool, async (tx) => {
    await appendToOutbox(tx, [cancelled(newOrderId(), 'late')]);
    begun.resolve();
    await commit.promise;
  });
  await begun.promise;
  await append(shop, [cancelled(newOrderId(), 'early')]);
  const undone = withTransaction(shop.database.pool, async (tx) => {
    await appendToOutbox(tx, [cancelled(newOrderId(), 'undone')]);
    throw new Error('no');
  });
  await expect(undone).rejects.toThrow('no');
  await expect.poll(() => reasons(reader.seen), WAIT).toEqual(['early']);
  commit.resolve();
  await late;
  relay.poke();
  await expect.poll(() => reasons(reader.seen), WAIT).toEqual(['early', 'late']);
});

it('moves thousands, and more bytes than a broker takes at once', async () => {
  const shop = await openShop();
  const reader = await readOrders(shop);
  await append(
    shop,
    range(1_200).map((place) => cancelled(newOrderId(), `${place}`)),
  );
  const big = 'x'.repeat(200_000);
  await append(
    shop,
    range(8).map(() => cancelled(newOrderId(), big)),
  );
  await openRelay(shop).idle();
  await expect.poll(() => reader.seen.length, WAIT).toBe(1_208);
});

it('refuses an event that no broker would take, before it is in anybody’s way', async () => {
  const shop = await openShop();
  const giant = cancelled(newOrderId(), 'x'.repeat(MAX_EVENT_BYTES));
  await expect(append(shop, [giant])).rejects.toThrow(/bytes/);
});

it('has one leader a database, whom others’ pokes wake, and who is followed when it stops', async () => {
  const shop = await openShop();
  const reader = await readOrders(shop);
  const first = openRelay(shop);
  await expect.poll(() => holdersOfTheLock(shop), WAIT).toBe(1);
  const second = openRelay({ database: openDatabase(shop.url), log: shop.log });
  await append(shop, [cancelled(newOrderId(), 'one')]);
  second.poke();
  await expect.poll(() => reasons(reader.seen), WAIT).toEqual(['one']);
  expect(await holdersOfTheLock(shop)).toBe(1);

  await first.stop();
  await append(shop, [cancelled(newOrderId(), 'two')]);
  await expect.poll(() => reasons(reader.seen), WAIT).toEqual(['one', 'two']);
});

it('repeats events when it dies between publishing and deleting, which claims make harmless', async () => {
  const shop = await openShop();
  await createCounter(shop);
  const ids = new Set<string>();
  let repeated = 0;
  await read(shop.log, {
    group: 'counter',
    topics: ['orders'],
    async onBatch(batch) {
      for (const { envelope } of batch) {
        if (ids.has(envelope.id)) repeated++;
        ids.add(envelope.id);
      }
      await countOnce(
        shop,
        batch.map(({ envelope }) => envelope.id),
      );
    },
  });
  let deaths = 0;
  const deadly: EventLog = {
    ...shop.log,
    async publish(messages) {
      await shop.log.publish(messages);
      if (deaths++ < 3) await killTheLeader(shop);
    },
  };
  const orders = range(20).map(newOrderId);
  const events = orders.flatMap((orderId) => [paid(orderId), cancelled(orderId)]);
  await append(shop, events);
  const relay = openRelay({ database: shop.database, log: deadly });
  await relay.idle();
  await expect.poll(() => shop.log.lag('counter', ['orders']), WAIT).toEqual([{ topic: 'orders', lag: 0 }]);
  expect(repeated).toBe(3 * events.length);
  expect(await counted(shop)).toEqual(events.map(({ envelope }) => envelope.id).toSorted());
});

it('keeps events in the outbox while the log is away, and their order after', async () => {
  const shop = await openShop();
  const registry = createRegistry('test');
  let isAway = true;
  const flaky: EventLog = {
    ...shop.log,
    publish: (messages) => (isAway ? Promise.reject(new Error('no broker')) : shop.log.publish(messages)),
  };
  const reader = await readOrders(shop);
  openRelay({ database: shop.database, log: flaky }, registry);
  const orderId = newOrderId();
  for (const place of range(4)) await append(shop, [cancelled(orderId, `${place}`)]);
  await expect.poll(() => registry.metrics(), WAIT).toContain('outbox_rows{service="test"} 4');
  expect(reader.seen).toEqual([]);
  isAway = false;
  await expect.poll(() => reasons(reader.seen), WAIT).toEqual(['0', '1', '2', '3']);
  await expect.poll(() => registry.metrics(), WAIT).toContain('outbox_rows{service="test"} 0');
  expect(await registry.metrics()).toContain('events_published_total{service="test"} 4');
});

it('outlives a restart of its database and of the log’s, and loses nothing', { timeout: 60_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'entrepot-restart-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const options = { dataDir: join(folder, 'data'), port: await freePort(), throwaway: true };
  let server = await startEmbeddedPostgres(options);
  onTestFinished(() => server.stop());
  await Promise.all([migrate({ name: 'orders', url: server.url('orders') }), ensureDatabase(server.url('events'))]);
  const database = openDatabase(server.url('orders'));
  const log = await openLog(server.url('events'));
  const relay = openRelay({ database, log });
  const reader = await read(log, { group: 'reader', topics: ['orders'] });
  await append({ database }, [cancelled(newOrderId(), 'before')]);
  relay.poke();
  await expect.poll(() => reasons(reader.seen), WAIT).toEqual(['before']);

  await server.stop();
  server = await startEmbeddedPostgres(options);
  await append({ database }, [cancelled(newOrderId(), 'after')]);
  await expect.poll(() => new Set(reasons(reader.seen)), WAIT).toEqual(new Set(['before', 'after']));
});

async function holdersOfTheLock({ database }: Shop): Promise<number> {
  const { rows } = await database.pool.query<{ held: number }>(
    `SELECT count(*)::int AS held FROM pg_locks WHERE locktype = 'advisory' AND granted
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
  return rows[0]?.held ?? 0;
}

async function killTheLeader({ url }: Shop): Promise<void> {
  const client = await connectClient(url, 'killer');
  await client.query(
    `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted
     AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
  await client.end();
}
