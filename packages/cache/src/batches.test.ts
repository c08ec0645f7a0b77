import { expect, it } from 'vitest';
import { createBatches } from './batches.ts';

function recorded() {
  const batches: (readonly number[])[] = [];
  const ask = createBatches(async (items: readonly number[]) => {
    batches.push(items);
    return items.map((item) => item * 2);
  });
  return { batches, ask };
}

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

it('a failure is everybody’s in the batch, and nobody’s after it', async () => {
  let fails = true;
  const ask = createBatches(async (items: readonly number[]) => {
    if (fails) throw new Error('no');
    return items;
  });
  const outcomes = await Promise.allSettled([ask(1), ask(2)]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  fails = false;
  expect(await ask(3)).toBe(3);
});

it('who is given no result is not left waiting', async () => {
  const ask = createBatches(async () => [1]);
  const outcomes = await Promise.allSettled([ask(1), ask(2)]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
});
