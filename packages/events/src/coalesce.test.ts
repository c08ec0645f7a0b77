import { expect, it } from 'vitest';
import { coalesce } from './coalesce.ts';
import { createWake } from './wake.ts';

it('acts at once, and once more for all calls that come meanwhile', async () => {
  const acts: (readonly number[])[] = [];
  const gate = Promise.withResolvers<void>();
  const { call, settled } = coalesce<number>(async (given) => {
    acts.push(given);
    await gate.promise;
  });
  call(1);
  call(2);
  call(3);
  expect(acts).toEqual([[1]]);
  gate.resolve();
  await settled();
  expect(acts).toEqual([[1], [2, 3]]);
  call(4);
  await settled();
  expect(acts).toEqual([[1], [2, 3], [4]]);
});

it('a wake-up ends a sleep, and one that comes before it is not lost', async () => {
  const wake = createWake();
  const sleeping = wake.sleep(60_000);
  wake.wake();
  await sleeping;
  wake.wake();
  await wake.sleep(60_000);
  await wake.sleep(1);
});
