import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { Rate, RateLimiter } from '../src/limits/rate-limiter.ts';

/** So slow that nothing comes back while a test runs. */
const SLOW: Rate = { perMinute: 1, burst: 10 };

/** What every rate limiter promises, whoever keeps the budgets. */
export function itKeepsRates(open: (rate: Rate) => RateLimiter | Promise<RateLimiter>): void {
  it('allows as much at once as a budget has, and not one unit more', async () => {
    const rate = await open(SLOW);
    const key = randomUUID();
    expect(await rate.take(key, 4)).toMatchObject({ isAllowed: true, limit: 10, remaining: 6, retryMs: 0 });
    expect(await rate.take(key, 6)).toMatchObject({ isAllowed: true, remaining: 0 });
    const refused = await rate.take(key, 1);
    expect(refused).toMatchObject({ isAllowed: false, limit: 10, remaining: 0 });
    expect(refused.retryMs).toBeGreaterThan(0);
    expect(refused.retryMs).toBeLessThanOrEqual(60_000);
    expect(refused.resetMs).toBeGreaterThan(9 * 60_000 - 60_000);
    expect(refused.resetMs).toBeLessThanOrEqual(10 * 60_000);
  });

  it('loses nothing by what it refuses', async () => {
    const rate = await open(SLOW);
    const key = randomUUID();
    await rate.take(key, 8);
    for (let attempt = 0; attempt < 5; attempt++) expect((await rate.take(key, 3)).isAllowed).toBe(false);
    expect((await rate.take(key, 2)).isAllowed).toBe(true);
  });

  it('gives back with time', async () => {
    const rate = await open({ perMinute: 6_000, burst: 1_000_000 });
    const key = randomUUID();
    await rate.take(key, 1_000_000);
    expect((await rate.take(key, 1_000_000)).isAllowed).toBe(false);
    await expect.poll(async () => (await rate.take(key, 5)).isAllowed).toBe(true);
  });

  it('lets what costs more than a full budget take a full one', async () => {
    const rate = await open(SLOW);
    const key = randomUUID();
    expect(await rate.take(key, 1_000)).toMatchObject({ isAllowed: true, remaining: 0 });
    expect((await rate.take(key, 1)).isAllowed).toBe(false);
  });

  it('keeps the budgets of different keys apart', async () => {
    const rate = await open(SLOW);
    const [one, other] = [randomUUID(), randomUUID()];
    await rate.take(one, 10);
    expect((await rate.take(one, 1)).isAllowed).toBe(false);
    expect((await rate.take(other, 10)).isAllowed).toBe(true);
  });

  it('lets of many who come at once as many through as there are units', async () => {
    const rate = await open(SLOW);
    const key = randomUUID();
    const taken = await Promise.all(Array.from({ length: 50 }, () => rate.take(key, 1)));
    expect(taken.filter(({ isAllowed }) => isAllowed)).toHaveLength(10);
  });

  it('can be of units that take no whole number of milliseconds', async () => {
    const rate = await open({ perMinute: 7, burst: 13 });
    for (let time = 0; time < 20; time++) {
      const key = randomUUID();
      expect(await rate.take(key, 13)).toMatchObject({ isAllowed: true, remaining: 0 });
      expect((await rate.take(key, 13)).isAllowed).toBe(false);
    }
  });

  it('takes nothing when nothing is asked for', async () => {
    const rate = await open(SLOW);
    const key = randomUUID();
    expect(await rate.take(key, 0)).toMatchObject({ isAllowed: true, remaining: 10, resetMs: 0 });
  });
}
