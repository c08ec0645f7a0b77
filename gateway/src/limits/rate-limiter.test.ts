import { describe, expect, it } from 'vitest';
import { createMemoryRate } from './memory-rate.ts';

function start({ perMinute = 60, burst = 10, maxKeys = 1_000 } = {}) {
  let at = 1_000;
  const rate = createMemoryRate({ perMinute, burst, maxKeys, now: () => at });
  return { take: rate.take, wait: (ms: number) => (at += ms) };
}

describe('a budget', () => {
  it('allows as much at once as it has, and not one unit more', async () => {
    const { take } = start();
    expect(await take('ann', 9)).toMatchObject({ isAllowed: true, remaining: 1, limit: 10, retryMs: 0 });
    expect(await take('ann', 1)).toMatchObject({ isAllowed: true, remaining: 0, resetMs: 10_000 });
    expect(await take('ann', 1)).toMatchObject({ isAllowed: false, remaining: 0, resetMs: 10_000, retryMs: 1_000 });
  });

  it('comes back evenly, to the millisecond, and never beyond what it has', async () => {
    const { take, wait } = start();
    await take('ann', 10);
    wait(2_999);
    expect(await take('ann', 3)).toMatchObject({ isAllowed: false, remaining: 2, retryMs: 1 });
    wait(1);
    expect(await take('ann', 3)).toMatchObject({ isAllowed: true, remaining: 0 });
    wait(1_000_000);
    expect(await take('ann', 10)).toMatchObject({ isAllowed: true, remaining: 0 });
    expect(await take('ann', 1)).toMatchObject({ isAllowed: false });
  });

  it('loses nothing by what it refuses', async () => {
    const { take } = start();
    await take('ann', 8);
    for (let attempt = 0; attempt < 100; attempt++) expect(await take('ann', 3)).toMatchObject({ isAllowed: false });
    expect(await take('ann', 2)).toMatchObject({ isAllowed: true });
  });

  it('is taken whole by what costs more than all of it', async () => {
    const { take, wait } = start();
    expect(await take('ann', 50)).toMatchObject({ isAllowed: true, remaining: 0 });
    wait(9_999);
    expect(await take('ann', 50)).toMatchObject({ isAllowed: false, retryMs: 1 });
    wait(1);
    expect(await take('ann', 50)).toMatchObject({ isAllowed: true });
  });

  it('is each one’s own', async () => {
    const { take } = start();
    await take('ann', 10);
    expect(await take('eve', 10)).toMatchObject({ isAllowed: true });
  });

  it('of whoever has not come for the longest is forgotten when there are too many', async () => {
    const { take } = start({ maxKeys: 2 });
    for (const key of ['ann', 'bob', 'cid']) await take(key, 10);
    expect(await take('cid', 1)).toMatchObject({ isAllowed: false });
    expect(await take('ann', 1)).toMatchObject({ isAllowed: true });
  });

  it('allows over any time no more than a full budget and what came back in it', async () => {
    const { take, wait } = start({ perMinute: 6_000, burst: 50 });
    let allowed = 0;
    for (let ms = 0; ms < 10_000; ms++) {
      for (let attempt = 0; attempt < 5; attempt++) if ((await take('ann', 1)).isAllowed) allowed++;
      wait(1);
    }
    expect(allowed).toBe(50 + 999);
  });
});
