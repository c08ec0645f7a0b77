import { randomUUID } from 'node:crypto';
import { startRedis } from '@entrepot/servers/redis';
import { createLogger } from '@entrepot/telemetry/logger';
import { describeWith } from '@entrepot/testing/servers';
import { Redis } from 'ioredis';
import { expect, it, onTestFinished } from 'vitest';
import type { CacheStore } from '../src/cache-store.ts';
import { createRedisStore } from '../src/redis-store.ts';
import { itKeepsTheContract } from './store-contract.ts';

const logger = createLogger({ service: 'test', level: 'silent' });
const text = async (store: CacheStore, key: string) => {
  const found = await store.get(key);
  return 'value' in found ? found.value.toString() : undefined;
};

async function openStore(url: string, prefix = randomUUID()): Promise<CacheStore> {
  // Longer than in service: this machine may be running everything else at the same time.
  const store = createRedisStore({ url, logger, prefix, commandTimeoutMs: 500 });
  onTestFinished(() => store.close());
  await expect.poll(() => store.isReady()).toBe(true);
  return store;
}

async function put(store: CacheStore, key: string, value: string, tags: string[] = []): Promise<boolean> {
  const found = await store.get(key);
  if ('value' in found || found.fence === undefined) return false;
  return store.set(key, Buffer.from(value), { ttlMs: 60_000, tags, fence: found.fence });
}

async function ownRedis() {
  const server = await startRedis();
  if ('unavailable' in server) throw new Error(server.unavailable);
  onTestFinished(() => server.stop());
  return server;
}

describeWith('redis', 'the store in Redis', (url) => {
  itKeepsTheContract(() => openStore(url));

  it('is shared: what one stores another finds, what one purges is gone for all', async () => {
    const prefix = randomUUID();
    const [one, two] = [await openStore(url, prefix), await openStore(url, prefix)];
    await put(one, 'key', 'value', ['A:1']);
    expect(await text(two, 'key')).toBe('value');
    const { fence = '' } = Object(await one.get('slow'));
    await two.purge(['A:1']);
    expect(await text(one, 'key')).toBeUndefined();
    expect(await one.set('slow', Buffer.from('old'), { ttlMs: 1_000, tags: ['A:1'], fence })).toBe(false);
  });

  it('gives one of two processes a lease, until it is given back, has run out, or anything is purged', async () => {
    const prefix = randomUUID();
    const [one, two] = [await openStore(url, prefix), await openStore(url, prefix)];
    const isLeased = async (store: CacheStore, key: string, ms = 60_000) =>
      'isLeased' in (await store.get(key, ms)) && true;
    expect(await isLeased(one, 'key')).toBe(false);
    expect(await isLeased(two, 'key')).toBe(true);
    expect(await isLeased(one, 'key')).toBe(false);
    expect(await isLeased(two, 'other')).toBe(false);
    await two.release('key');
    expect(await isLeased(two, 'key')).toBe(true);
    await one.release('key');
    expect(await isLeased(two, 'key')).toBe(false);
    await one.purge(['A:1']);
    expect(await isLeased(one, 'key', 20)).toBe(false);
    await expect.poll(() => isLeased(two, 'key')).toBe(false);
    await put(two, 'key', 'value');
    expect(await one.get('key', 60_000)).toMatchObject({ value: Buffer.from('value') });
  });

  it('sends a value once to a process that goes on asking for it', async () => {
    const server = await ownRedis();
    const prefix = randomUUID();
    const [one, two] = [await openStore(server.url, prefix), await openStore(server.url, prefix)];
    const redis = new Redis(server.url);
    onTestFinished(() => redis.disconnect());
    const sent = async () => Number(/total_net_output_bytes:(\d+)/.exec(await redis.info('stats'))?.[1]);
    const large = 'x'.repeat(200_000);
    await put(one, 'key', large, ['A:1']);
    const before = await sent();
    for (let round = 0; round < 20; round++) expect(await text(two, 'key')).toBe(large);
    expect((await sent()) - before).toBeLessThan(300_000);
    await put(one, 'small', 'x', ['A:1']);
    await one.purge(['A:1']);
    expect(await text(two, 'key')).toBeUndefined();
    await put(one, 'key', 'new', ['A:1']);
    expect(await text(two, 'key')).toBe('new');
  });

  it('asks Redis once for all that is looked for in one turn, and anew for what is looked for later', async () => {
    const server = await ownRedis();
    const prefix = randomUUID();
    const [one, two] = [await openStore(server.url, prefix), await openStore(server.url, prefix)];
    const redis = new Redis(server.url);
    onTestFinished(() => redis.disconnect());
    const asked = async () => Number(/cmdstat_evalsha:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1]);
    for (const key of ['a', 'b']) await put(one, key, `value of ${key}`, ['A:1']);
    const before = await asked();
    const keys = Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? 'a' : 'b'));
    expect(await Promise.all(keys.map((key) => text(one, key)))).toEqual(keys.map((key) => `value of ${key}`));
    expect((await asked()) - before).toBe(1);
    const early = text(one, 'a');
    const purged = two.purge(['A:1']).then(() => text(one, 'a'));
    await Promise.all([early, purged]);
    expect(await purged).toBeUndefined();
  });

  it('tells by a call what it tells by a promise, in a later turn', async () => {
    const store = await openStore(url);
    await put(store, 'key', 'value', ['A:1']);
    const ask = (key: string, of: CacheStore) =>
      new Promise<unknown>((resolve) => {
        let isLater = false;
        of.getLater?.(key, (found) => resolve([isLater, 'value' in found ? found.value.toString() : found.fence]));
        isLater = true;
      });
    expect(await Promise.all(['key', 'key', 'other'].map((key) => ask(key, store)))).toEqual([
      [true, 'value'],
      [true, 'value'],
      [true, expect.stringMatching(/:\d+$/)],
    ]);
    await store.purge(['A:1']);
    expect(await ask('key', store)).toEqual([true, expect.stringMatching(/:\d+$/)]);
    const none = createRedisStore({ url: 'redis://127.0.0.1:1', logger });
    onTestFinished(() => none.close());
    expect(await ask('key', none)).toEqual([true, undefined]);
  });

  it('leaves nothing behind for ever', async () => {
    const prefix = randomUUID();
    const store = await openStore(url, prefix);
    await put(store, 'key', 'value', ['A:1']);
    const redis = new Redis(url);
    onTestFinished(() => redis.disconnect());
    const ttl = await redis.pttl(`{${prefix}}:entry:key`);
    expect(ttl).toBeGreaterThan(0);
    expect(ttl).toBeLessThanOrEqual(60_000);
  });

  it('serves nothing any more when Redis has evicted the purges', async () => {
    const prefix = randomUUID();
    const store = await openStore(url, prefix);
    await put(store, 'key', 'old', ['A:1']);
    const { fence = '' } = Object(await store.get('slow'));
    const redis = new Redis(url);
    onTestFinished(() => redis.disconnect());
    await redis.del(`{${prefix}}:purges`);
    await store.purge(['A:1']);
    expect(await text(store, 'key')).toBeUndefined();
    await expect.poll(() => store.isReady()).toBe(true);
    expect(await text(store, 'key')).toBeUndefined();
    expect(await store.set('slow', Buffer.from('old'), { ttlMs: 1_000, tags: ['A:1'], fence })).toBe(false);
    expect(await put(store, 'key', 'new', ['A:1'])).toBe(true);
  });
});

describeWith('redis', 'a Redis that fails', () => {
  it('is bypassed when there is none', async () => {
    const store = createRedisStore({ url: 'redis://127.0.0.1:1', logger });
    onTestFinished(() => store.close());
    expect(await store.get('key')).toEqual({ fence: undefined });
    expect(await store.set('key', Buffer.from('x'), { ttlMs: 1_000, tags: [], fence: '#a/b:1' })).toBe(false);
    await expect(store.purge(['A:1'])).rejects.toThrow();
    expect(store.isReady()).toBe(false);
  });

  it('costs a few requests its time limit when it hangs, and comes back with nothing stale', async () => {
    const server = await ownRedis();
    const store = createRedisStore({ url: server.url, logger, commandTimeoutMs: 50 });
    onTestFinished(() => store.close());
    await expect.poll(() => store.isReady()).toBe(true);
    await put(store, 'key', 'old', ['A:1']);
    process.kill(server.pid, 'SIGSTOP');
    onTestFinished(() => void process.kill(server.pid, 'SIGCONT'));
    let slow = 0;
    for (let request = 0; request < 200; request++) {
      const began = performance.now();
      expect(await store.get('key')).toEqual({ fence: undefined });
      const took = performance.now() - began;
      if (took > 20) slow++;
      expect(took).toBeLessThan(250);
    }
    expect(slow).toBeLessThanOrEqual(4);
    // The source changes while Redis hangs: its old value must not be seen again.
    await expect(store.purge(['A:1'])).rejects.toThrow();
    process.kill(server.pid, 'SIGCONT');
    await expect.poll(() => store.isReady(), { timeout: 5_000 }).toBe(true);
    expect(await text(store, 'key')).toBeUndefined();
    expect(await put(store, 'key', 'new', ['A:1'])).toBe(true);
    expect(await text(store, 'key')).toBe('new');
  });

  it('is used again when it has been restarted', async () => {
    const server = await ownRedis();
    const store = await openStore(server.url);
    await put(store, 'key', 'value');
    await server.stop();
    await expect.poll(() => store.isReady()).toBe(false);
    expect(await store.get('key')).toEqual({ fence: undefined });
    const again = await startRedis({ port: Number(new URL(server.url).port) });
    if ('unavailable' in again) throw new Error(again.unavailable);
    onTestFinished(() => again.stop());
    await expect.poll(() => store.isReady(), { timeout: 10_000 }).toBe(true);
    expect(await put(store, 'key', 'value')).toBe(true);
  });

  it('that has lost its memory of a purge serves nothing of before', async () => {
    const server = await ownRedis();
    const prefix = randomUUID();
    const store = await openStore(server.url, prefix);
    await put(store, 'key', 'old', ['A:1']);
    // A snapshot of now, loaded by another server, as a promoted replica or a restart would.
    const redis = new Redis(server.url);
    onTestFinished(() => redis.disconnect());
    const keys = [`{${prefix}}:purges`, `{${prefix}}:entry:key`];
    const dumps = await Promise.all(keys.map((key) => redis.dumpBuffer(key)));
    await store.purge(['A:1']);
    const other = await ownRedis();
    const promoted = new Redis(other.url);
    onTestFinished(() => promoted.disconnect());
    for (const [index, key] of keys.entries()) {
      const dump = dumps[index];
      if (dump) await promoted.restore(key, 60_000, dump);
    }
    const store2 = await openStore(other.url, prefix);
    expect(await text(store2, 'key')).toBeUndefined();
  });
});
