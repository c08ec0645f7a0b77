import { expect, it } from 'vitest';
import { createAdaptiveLimit } from './adaptive-limit.ts';

function start() {
  let at = 0;
  const limit = createAdaptiveLimit({ least: 10, most: 200, first: 100, maxLagMs: 100 });
  /** So many pieces of work of these kinds that take so long, with somebody waiting all the time. */
  const work = (ms: number, rounds: number, kindOf: (index: number) => string = () => 'a') => {
    for (let round = 0; round < rounds; round++) {
      at += 100;
      for (let index = 0; index < 40; index++) limit.sample(kindOf(round * 40 + index), ms, at);
      limit.wasReached();
      limit.adapt(at, 0);
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
    limit.adapt(at, 0);
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
    limit.adapt(at, 0);
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
