import { randomUUID } from 'node:crypto';
import { openTableLog } from '@entrepot/events/table-log/table-log';
import { newUuid, typeId } from '@entrepot/kernel/ids';
import { createLogger } from '@entrepot/telemetry/logger';
import { createTestDatabase } from '@entrepot/testing/test-database';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Env, startCachedShop } from './cached-shop.ts';

const logger = createLogger({ service: 'test', level: 'silent' });

describe('an event', () => {
  const PRICE = '{ product(id: "1") { price } }';

  async function startShopWithEvents(env: Env = {}) {
    const database = await createTestDatabase('empty');
    onTestFinished(() => database.drop());
    const log = await openTableLog({ databaseUrl: database.url, clientId: 'test', logger });
    onTestFinished(() => log.close());
    const shop = await startCachedShop({ EVENTS_DATABASE_URL: database.url, ...env });
    await expect.poll(() => shop.metric('cache_events_live'), { timeout: 10_000 }).toBe(1);
    const publish = (purges: string[]) =>
      log.publish([
        {
          topic: 'catalogue',
          key: randomUUID(),
          envelope: {
            specversion: '1.0',
            id: typeId('evt', newUuid()),
            source: 'test',
            type: 'somebody.did-something.v1',
            subject: 'x',
            time: new Date().toISOString(),
            datacontenttype: 'application/json',
            purges,
            data: {},
          },
        },
      ]);
    const price = async () => (await shop.ask<{ product: { price: number } }>(PRICE)).data?.product.price;
    return { ...shop, database, publish, price };
  }

  it('purges what it names within a second, under readers who keep it hot, and nothing else', {
    timeout: 60_000,
  }, async () => {
    const { ask, calls, prices, price, publish, metric } = await startShopWithEvents();
    await ask('{ product(id: "2") { price } }');
    let isOver = false;
    const readers = Array.from({ length: 4 }, async () => {
      while (!isOver) await price();
    });
    const delays: number[] = [];
    for (let round = 1; round <= 10; round++) {
      prices.set('1', round * 100);
      const changed = performance.now();
      await publish(['Product:1']);
      await expect.poll(price, { interval: 5, timeout: 5_000 }).toBe(round * 100);
      delays.push(performance.now() - changed);
    }
    isOver = true;
    await Promise.all(readers);
    expect(Math.max(...delays)).toBeLessThan(1_000);
    expect(await calls(() => ask('{ product(id: "2") { price } }'))).toBe(0);
    await expect.poll(() => metric('cache_purged_tags_total')).toBe(10);
  });

  it('purges an entity wherever it is, and leaves the others', async () => {
    const { ask, people, publish, metric } = await startShopWithEvents();
    const MAKERS = '{ products { id maker } }';
    await ask(MAKERS);
    await publish(['Product:1']);
    await expect.poll(() => metric('cache_purged_tags_total'), { timeout: 5_000 }).toBe(1);
    const looked = (outcome: string) => metric('cache_entities_total', { outcome });
    const before = [await looked('hit'), await looked('miss'), people.requests.length];
    // Another operation, so that its answer is not kept as a whole. The makers' subgraph tells no tags: each of its entities is
    // named by what it was asked for by.
    await ask('{ products { id maker name } }');
    const after = [await looked('hit'), await looked('miss'), people.requests.length];
    expect(after.map((count, index) => count - (before[index] ?? 0))).toEqual([1, 2, 1]);
  });

  it('cannot be outrun by an answer that was read before it', async () => {
    const { goods, prices, price, publish, metric } = await startShopWithEvents();
    const late: (() => void)[] = [];
    goods.fault = (response) =>
      void late.push(() => {
        response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'max-age=60, public' });
        response.end('{"data":{"product":{"price":10}},"extensions":{"cacheTags":["Product:1"]}}');
      });
    const before = price();
    await expect.poll(() => late.length).toBe(1);
    prices.set('1', 99);
    await publish(['Product:1']);
    await expect.poll(() => metric('cache_purged_tags_total'), { timeout: 5_000 }).toBe(1);
    // Who comes after the change does not wait for the answer from before it, and is not given it.
    goods.fault = undefined;
    expect(await price()).toBe(99);
    late[0]?.();
    expect(await before).toBe(10);
    expect(await price()).toBe(99);
  });

  it('that may have been missed lets nothing live longer than two seconds, and the cache begins anew after', {
    timeout: 60_000,
  }, async () => {
    const { prices, price, database, metric } = await startShopWithEvents();
    expect(await price()).toBe(10);
    await database.drop();
    await expect.poll(() => metric('cache_events_live'), { timeout: 15_000 }).toBe(0);
    prices.set('1', 11);
    await expect.poll(price, { timeout: 4_000 }).toBe(11);
    await new Promise((wake) => setTimeout(wake, 50));
    prices.set('1', 12);
    await expect.poll(price, { timeout: 4_000 }).toBe(12);
  });
});
