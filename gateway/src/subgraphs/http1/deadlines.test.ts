import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createDeadlines } from './deadlines.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function start() {
  const running = new Map<string, number>();
  const ended: [name: string, ms: number][] = [];
  const began = performance.now();
  let looks = 0;
  const deadlines = createDeadlines((now) => {
    looks++;
    for (const [name, moment] of running) {
      if (moment > now) continue;
      running.delete(name);
      // One millisecond of it is the turn of the event loop in which what has come is read first.
      ended.push([name, now - began - 1]);
    }
    return Math.min(...running.values());
  });
  const begin = (name: string, ms: number) => {
    running.set(name, performance.now() + ms);
    deadlines.watch(performance.now() + ms);
  };
  return { begin, end: (name: string) => running.delete(name), ended, looks: () => looks };
}

it('ends each thing when its time is over, in whatever order they began', () => {
  const { begin, ended } = start();
  begin('b', 200);
  begin('a', 100);
  begin('c', 300);
  vi.advanceTimersByTime(1_000);
  expect(ended).toEqual([
    ['a', 100],
    ['b', 200],
    ['c', 300],
  ]);
  begin('d', 50);
  vi.advanceTimersByTime(51);
  expect(ended.at(-1)).toEqual(['d', 1_050]);
});

it('looks once in a while, and not once for each of those that are over in time', () => {
  const { begin, end, ended, looks } = start();
  for (let index = 0; index < 1_000; index++) {
    begin(String(index), 5_000);
    vi.advanceTimersByTime(10);
    end(String(index));
  }
  vi.advanceTimersByTime(60_000);
  expect([ended, vi.getTimerCount()]).toEqual([[], 0]);
  expect(looks()).toBeLessThan(5);
});
