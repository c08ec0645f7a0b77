import { randomUUID } from 'node:crypto';
import { startRedis } from '@entrepot/servers/redis';
import { createLogger } from '@entrepot/telemetry/logger';
import { describeWith } from '@entrepot/testing/servers';
import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createMemoryRate } from '../src/limits/memory-rate.ts';
import type { Rate } from '../src/limits/rate-limiter.ts';
import { createRedisRate } from '../src/limits/redis-rate.ts';
import { itKeepsRates } from './rate-contract.ts';

const logger = createLogger({ service: 'test', level: 'silent' });

describe('rates in this process', () => {
  itKeepsRates(createMemoryRate);
});

/** A limiter that has reached its Redis; `bypasses` counts what it counted without. */
async function openRate(url: string, rate: Rate, prefix = randomUUID()) {
  let bypasses = 0;
  // Longer than in service: this machine may be running everything else at the same time.
  const limiter = createRedisRate({
    ...rate,
    url,
    logger,
    prefix,
    commandTimeoutMs: 5_000,
    onBypass: () => bypasses++,
  });
  onTestFinished(() => limiter.close());
  await expect
    .poll(async () => {
      const before = bypasses;
      await limiter.take('somebody else', 0);
      return bypasses - before;
    })
    .toBe(0);
  return { take: limiter.take, close: limiter.close, bypasses: () => bypasses };
}

describeWith('redis', 'rates in Redis', (url) => {
  itKeepsRates((rate) => openRate(url, rate));

  it('are those of all gateways together, and leave nothing behind for ever', async () => {
    const [prefix, key, rate] = [randomUUID(), randomUUID(), { perMinute: 1, burst: 10 }];
    const [one, two] = [await openRate(url, rate, prefix), await openRate(url, rate, prefix)];
    expect((await one.take(key, 6)).isAllowed).toBe(true);
    expect((await two.take(key, 5)).isAllowed).toBe(false);
    expect((await two.take(key, 4)).isAllowed).toBe(true);
    const redis = new Redis(url);
    onTestFinished(() => redis.disconnect());
    const ttl = await redis.pttl(`{${prefix}}:rate:${key}`);
    expect(ttl).toBeGreaterThan(0);
    expect(ttl).toBeLessThanOrEqual(10 * 60_000);
  });
});

describeWith('redis', 'rates whose Redis fails', () => {
  const rate = { perMinute: 1, burst: 3 };
  const allowedOf = async (take: (key: string, units: number) => Promise<{ isAllowed: boolean }>, times: number) => {
    const key = randomUUID();
    let allowed = 0;
    for (let time = 0; time < times; time++) if ((await take(key, 1)).isAllowed) allowed++;
    return allowed;
  };

  it('are kept by the gateway itself when there is none', async () => {
    let bypasses = 0;
    const limiter = createRedisRate({ ...rate, url: 'redis://127.0.0.1:1', logger, onBypass: () => bypasses++ });
    onTestFinished(() => limiter.close());
    expect(await allowedOf(limiter.take, 5)).toBe(3);
    expect(bypasses).toBe(5);
  });

  it('are kept by the gateway itself while it hangs, and by Redis when it goes on', async () => {
    const server = await startRedis();
    if ('unavailable' in server) throw new Error(server.unavailable);
    onTestFinished(() => server.stop());
    let bypasses = 0;
    const limiter = createRedisRate({
      ...rate,
      url: server.url,
      logger,
      commandTimeoutMs: 50,
      onBypass: () => bypasses++,
    });
    onTestFinished(() => limiter.close());
    const isShared = async () => {
      const before = bypasses;
      await limiter.take('somebody else', 0);
      return bypasses === before;
    };
    await expect.poll(isShared, { timeout: 10_000 }).toBe(true);
    process.kill(server.pid, 'SIGSTOP');
    onTestFinished(() => void process.kill(server.pid, 'SIGCONT'));
    expect(await allowedOf(limiter.take, 5)).toBe(3);
    expect(await isShared()).toBe(false);
    process.kill(server.pid, 'SIGCONT');
    await expect.poll(isShared, { timeout: 20_000 }).toBe(true);
  });
});
