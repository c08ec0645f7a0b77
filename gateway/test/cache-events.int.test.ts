import { describeWith } from '@entrepot/testing/servers';
import { describe, expect, it } from 'vitest';
import type { Env } from './cached-shop.ts';
import { createTableLog, startShopWithEvents } from './shop-with-events.ts';

async function startShop(more: Env = {}) {
  const { database, env } = await createTableLog();
  const shop = await startShopWithEvents({ ...env, ...more });
  const price = async () =>
    (await shop.ask<{ product: { price: number } }>('{ product(id: "1") { price } }')).data?.product.price;
  return { ...shop, database, price };
}

/** What an event does, whatever keeps the answers. */
function itPurges(env: () => Env): void {
  it('purges an entity wherever it is, and leaves the others', async () => {
    const { ask, people, publish, metric } = await startShop(env());
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
    const { goods, prices, price, publish, metric } = await startShop(env());
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
}

describe('an event, with the cache in this process,', () => {
  itPurges(() => ({}));

  it('that may have been missed lets nothing live longer than two seconds, and the cache begins anew after', {
    timeout: 60_000,
  }, async () => {
    const { prices, price, database, metric } = await startShop();
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

describeWith('redis', 'an event, with the cache in Redis,', (url) => {
  itPurges(() => ({ REDIS_URL: url, REDIS_TIMEOUT_MS: '2000' }));
});
