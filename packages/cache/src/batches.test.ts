import { expect, it } from 'vitest';
import { createBatches } from './batches.ts';

function recorded() {
  const batches: (readonly number[])[] = [];
  const batch = createBatches(async (items: readonly number[]) => {
    batches.push(items);
    return items.map((item) => item * 2);
  });
  return { batches, ask: asking(batch) };
}

const asking =
  <R>(batch: (item: number, then: (result: R | undefined) => void) => void) =>
  (item: number) =>
    new Promise<R | undefined>((resolve) => batch(item, resolve));

it('what is asked for in one turn is asked for at once, and each gets its own', async () => {
  const { batches, ask } = recorded();
  expect(await Promise.all([ask(1), Promise.resolve().then(() => ask(2)), ask(3)])).toEqual([2, 4, 6]);
  expect(await ask(4)).toBe(8);
  expect(batches).toEqual([[1, 3, 2], [4]]);
});

it('no batch has more than 200, and nothing is left over', async () => {
  const { batches, ask } = recorded();
  const items = Array.from({ length: 401 }, (_, index) => index);
  expect(await Promise.all(items.map(ask))).toEqual(items.map((item) => item * 2));
  expect(batches.map(({ length }) => length)).toEqual([200, 200, 1]);
});

it('who is given no result is not left waiting', async () => {
  const ask = asking(createBatches(async () => [1]));
  expect(await Promise.all([ask(1), ask(2)])).toEqual([1, undefined]);
});

it('nobody is told in the turn in which they asked', async () => {
  const told: number[] = [];
  const batch = createBatches(async (items: readonly number[]) => items);
  batch(1, (result = 0) => told.push(result));
  expect(told).toEqual([]);
  await expect.poll(() => told).toEqual([1]);
});
