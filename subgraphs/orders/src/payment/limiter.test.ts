import { describe, expect, it } from 'vitest';
import { createBatcher } from './batcher.ts';
import { createLimiter } from './limiter.ts';

describe('the limiter', () => {
  it('runs so many at once, one a key, and lets so many wait', async () => {
    const limiter = createLimiter(2, 1, () => {});
    const gates = Array.from({ length: 4 }, () => Promise.withResolvers<void>());
    const started: number[] = [];
    const job = (index: number) => async () => {
      started.push(index);
      await gates[index]?.promise;
    };
    expect([
      limiter.add('a', job(0)),
      limiter.add('b', job(1)),
      limiter.add('a', job(2)),
      limiter.add('c', job(2)),
      limiter.add('d', job(3)),
    ]).toEqual([true, true, false, true, false]);
    expect([started, limiter.size]).toEqual([[0, 1], 3]);
    gates[0]?.resolve();
    gates[2]?.resolve();
    gates[1]?.resolve();
    await limiter.idle();
    expect(started).toEqual([0, 1, 2]);
  });

  it('reports what fails and goes on', async () => {
    const errors: unknown[] = [];
    const limiter = createLimiter(1, 5, (error) => errors.push(error));
    const failure = new Error('no');
    let ran = false;
    limiter.add('a', () => Promise.reject(failure));
    limiter.add('b', async () => {
      ran = true;
    });
    await limiter.idle();
    expect([errors, ran]).toEqual([[failure], true]);
  });

  it('stopped, ends what runs and forgets what waits', async () => {
    const limiter = createLimiter(1, 5, () => {});
    const gate = Promise.withResolvers<void>();
    let ran = false;
    limiter.add('a', () => gate.promise);
    limiter.add('b', async () => {
      ran = true;
    });
    const stopped = limiter.stop();
    gate.resolve();
    await stopped;
    expect([ran, limiter.add('c', async () => {})]).toEqual([false, false]);
  });
});

describe('the batcher', () => {
  it('hands on alone what comes alone, and together what comes meanwhile', async () => {
    const batches: number[][] = [];
    const gate = Promise.withResolvers<void>();
    const add = createBatcher<number, number>(async (items) => {
      batches.push(items);
      if (batches.length === 1) await gate.promise;
      return items;
    }, 2);
    const all = [1, 2, 3, 4].map((item) => add(item));
    gate.resolve();
    await Promise.all(all);
    expect(batches).toEqual([[1], [2, 3], [4]]);
  });

  it('lets a bad item harm none but itself', async () => {
    const add = createBatcher<number, number>(async (items) => {
      if (items.includes(3)) throw new Error('three');
      return items;
    }, 10);
    const outcomes = await Promise.allSettled([1, 2, 3, 4].map((item) => add(item)));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  });
});
