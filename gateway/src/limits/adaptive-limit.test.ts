import { describe, expect, it } from 'vitest';
import { createAdaptiveLimit } from './adaptive-limit.ts';

const AT_EASE = { lagMs: 0, isBusy: false };

function start() {
  let at = 0;
  const limit = createAdaptiveLimit({
    least: 10,
    leastWhenBusy: 2,
    most: 200,
    first: 100,
    maxLagMs: 100,
    maxLagWhenBusyMs: 5,
  });
  /** So many pieces of work of these kinds that take so long, with somebody waiting all the time. */
  const work = (ms: number, rounds: number, kindOf: (index: number) => string = () => 'a') => {
    for (let round = 0; round < rounds; round++) {
      at += 100;
      for (let index = 0; index < 40; index++) limit.sample(kindOf(round * 40 + index), ms, at);
      limit.wasReached();
      limit.adapt(at, AT_EASE);
    }
    return limit.value();
  };
  return { limit, work, pass: (ms: number) => (at += ms) };
}

it('rises while work is as quick as ever, and not beyond its bound', () => {
  const { work } = start();
  expect(work(20, 5)).toBeGreaterThan(100);
  expect(work(20, 100)).toBe(200);
});

it('does not rise unless somebody waits', () => {
  const { limit } = start();
  for (let at = 100; at < 5_000; at += 100) {
    for (let index = 0; index < 40; index++) limit.sample('a', 20, at);
    limit.adapt(at, AT_EASE);
  }
  expect(limit.value()).toBe(100);
});

it('falls while most work is much slower than usual, and not below its bound', () => {
  const { work } = start();
  work(20, 2);
  const before = work(20, 1);
  expect(work(150, 1)).toBeLessThan(before);
  expect(work(150, 50)).toBe(10);
});

it('does not fall because one kind of several is slow', () => {
  const { limit } = start();
  const kinds = (index: number) => (index % 2 === 0 ? 'well' : 'slow');
  for (let at = 100; at < 3_000; at += 100) {
    for (let index = 0; index < 40; index++) limit.sample(kinds(index), index % 2 === 0 || at < 500 ? 20 : 2_000, at);
    limit.wasReached();
    limit.adapt(at, AT_EASE);
  }
  expect(limit.value()).toBeGreaterThan(100);
});

it('learns nothing from kinds that it has never seen', () => {
  const { work } = start();
  expect(work(20, 50, (index) => `new ${index}`)).toBe(100);
});

it('takes what has been slow for a long time for usual', () => {
  const { limit, work, pass } = start();
  work(20, 3);
  work(150, 50);
  expect(limit.value()).toBe(10);
  for (let time = 0; time < 12; time++) {
    pass(300_000);
    work(150, 1);
  }
  expect(work(150, 20)).toBeGreaterThan(10);
});

describe('a late event loop', () => {
  const beLate = (lagMs: number, isBusy: boolean) => {
    const { limit } = start();
    for (let at = 100; at < 5_000; at += 100) limit.adapt(at, { lagMs, isBusy });
    return limit.value();
  };

  it('lowers the limit, and not below its bound', () => {
    expect(beLate(50, false)).toBe(100);
    expect(beLate(150, false)).toBe(10);
  });

  it('that never rests lowers it sooner, and to a handful', () => {
    expect(beLate(3, true)).toBe(100);
    expect(beLate(50, true)).toBe(2);
  });

  it('that rests again lets it rise from there', () => {
    const { limit, work } = start();
    for (let at = 100; at < 5_000; at += 100) limit.adapt(at, { lagMs: 50, isBusy: true });
    expect(work(20, 20)).toBeGreaterThan(10);
  });
});
