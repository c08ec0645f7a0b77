import { expect, it } from 'vitest';
import { createRefreshes } from './refreshes.ts';

function setUp() {
  const ended: string[] = [];
  const refreshes = createRefreshes((outcome) => void ended.push(outcome));
  let started = 0;
  const ends: ((isKept: boolean) => void)[] = [];
  const start = (...keys: string[]) =>
    refreshes.start(keys, () => {
      started++;
      return new Promise((resolve) => ends.push(resolve));
    });
  return { refreshes, start, ends, ended, started: () => started };
}

it('of refreshes so many run at once, and what they are about is known until they end', async () => {
  const { refreshes, start, ends, ended, started } = setUp();
  for (let index = 0; index < 2_000; index++) start(`key ${index}`);
  start('more', 'at once');
  expect(started()).toBe(1_000);
  expect([refreshes.isRunning('key 0'), refreshes.isRunning('key 1500')]).toEqual([true, false]);
  ends[0]?.(true);
  await expect.poll(() => refreshes.isRunning('key 0')).toBe(false);
  start('more', 'at once');
  expect(started()).toBe(1_000);
  start('more');
  expect(started()).toBe(1_001);
  expect(ended).toEqual(['done']);
});

it('one that fails, or cannot be kept, is over', async () => {
  const { refreshes, start, ends, ended } = setUp();
  start('not kept');
  refreshes.start(['failing'], () => Promise.reject(new Error('no')));
  ends[0]?.(false);
  await expect.poll(() => ['not kept', 'failing'].some(refreshes.isRunning)).toBe(false);
  expect(ended).toEqual(['failed', 'failed']);
});
