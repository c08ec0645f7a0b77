import { createHash, randomUUID } from 'node:crypto';
import { startRedis } from '@entrepot/servers/redis';
import { createLogger } from '@entrepot/telemetry/logger';
import { describeWith } from '@entrepot/testing/servers';
import { Redis } from 'ioredis';
import { expect, it, onTestFinished } from 'vitest';
import { createSharedQueries } from '../src/operations/shared-queries.ts';
import { codes } from './fixture.ts';
import { startShop } from './shop.ts';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
/** Also on a machine that runs everything else at the same time. */
const SOON = { timeout: 20_000 } as const;
const logger = createLogger({ service: 'test', level: 'silent' });

/** A query that no other test sends. */
const query = () => `query Q${randomUUID().replaceAll('-', '')} { product(id: "1") { name } }`;
const ANSWER = { data: { product: { name: 'Thing 1' } } };

async function post(url: string, body: object): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  return (await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })).json();
}

const named = (text: string) => ({ extensions: { persistedQuery: { version: 1, sha256Hash: sha256(text) } } });

describeWith('redis', 'automatic persisted queries in Redis', (url) => {
  const env = { REDIS_URL: url, REDIS_TIMEOUT_MS: '5000' };
  const open = (prefix: string) => {
    const queries = createSharedQueries({ url, logger, prefix, commandTimeoutMs: 5_000 });
    onTestFinished(() => queries.close());
    return queries;
  };
  const connect = () => {
    const redis = new Redis(url);
    onTestFinished(() => redis.disconnect());
    return redis;
  };

  it('are sent to one gateway and known to another', async () => {
    const [one, two] = [await startShop(env), await startShop(env)];
    const unknown = query();
    expect(codes(await post(two.url, named(unknown)))).toEqual(['PERSISTED_QUERY_NOT_FOUND']);
    // What is sent before a gateway has reached Redis is kept by that gateway alone.
    const shared = async () => {
      const text = query();
      await post(one.url, { query: text, ...named(text) });
      return post(two.url, named(text));
    };
    await expect.poll(shared, SOON).toEqual(ANSWER);
  });

  it('are kept for a time, which begins anew when they are looked for', async () => {
    const prefix = randomUUID();
    const [one, redis, text] = [open(prefix), connect(), query()];
    const key = `{${prefix}}:query:${sha256(text)}`;
    const keptFor = () => {
      one.keep(sha256(text), text);
      return redis.ttl(key);
    };
    await expect.poll(keptFor, SOON).toBeGreaterThan(600_000);
    await redis.expire(key, 1_000);
    expect(await open(prefix).find(sha256(text))).toBeUndefined();
    await expect.poll(() => one.find(sha256(text)), SOON).toBe(text);
    expect(await redis.ttl(key)).toBeGreaterThan(600_000);
  });

  it('are believed only when their hash is theirs', async () => {
    const prefix = randomUUID();
    const [one, redis, text] = [open(prefix), connect(), query()];
    await redis.set(`{${prefix}}:query:${sha256(text)}`, text);
    await expect.poll(() => one.find(sha256(text)), SOON).toBe(text);
    await redis.set(`{${prefix}}:query:${sha256(text)}`, '{ me { secret } }');
    await redis.set(`{${prefix}}:query:short`, text);
    expect([await one.find(sha256(text)), await one.find('short')]).toEqual([undefined, undefined]);
  });

  it('are those of one gateway while Redis is dead, and cost no failure', async () => {
    const server = await startRedis();
    if ('unavailable' in server) throw new Error(server.unavailable);
    onTestFinished(() => server.stop());
    const { url: gateway } = await startShop({ REDIS_URL: server.url });
    await server.stop();
    const text = query();
    for (let round = 0; round < 5; round++)
      expect(codes(await post(gateway, named(query())))).toEqual(['PERSISTED_QUERY_NOT_FOUND']);
    expect(await post(gateway, { query: text, ...named(text) })).toEqual(ANSWER);
    expect(await post(gateway, named(text))).toEqual(ANSWER);
  });

  it('that Redis is too slow to tell are asked for by their text', async () => {
    const server = await startRedis();
    if ('unavailable' in server) throw new Error(server.unavailable);
    onTestFinished(() => server.stop());
    const { url: gateway, metric } = await startShop({ REDIS_URL: server.url, REDIS_TIMEOUT_MS: '50' });
    await expect.poll(() => metric('cache_ready'), SOON).toBe(1);
    process.kill(server.pid, 'SIGSTOP');
    onTestFinished(() => void process.kill(server.pid, 'SIGCONT'));
    const text = query();
    expect(codes(await post(gateway, named(text)))).toEqual(['PERSISTED_QUERY_NOT_FOUND']);
    expect(await post(gateway, { query: text, ...named(text) })).toEqual(ANSWER);
  });
});
