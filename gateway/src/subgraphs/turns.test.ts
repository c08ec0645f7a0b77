import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createTurns } from './turns.ts';

/** Work that takes so long by a clock of its own. */
function setUp() {
  let clock = 0;
  const done: string[] = [];
  const inTurn = createTurns(() => clock);
  const work = (ms: number) => (name: string) => {
    clock += ms;
    done.push(name);
  };
  return { inTurn, work, done };
}

it('does at once what is quick', async () => {
  const { inTurn, work, done } = setUp();
  for (const name of ['a', 'b', 'c', 'd']) inTurn(work(0.4), name);
  expect(done).toEqual(['a', 'b', 'c', 'd']);
});

it('does one piece of work in a turn when it takes long, and all in the order in which they came', async () => {
  const { inTurn, work, done } = setUp();
  for (const name of ['a', 'b', 'c']) inTurn(work(3), name);
  const seen = [done.length];
  for (let turn = 0; turn < 8 && done.length < 3; turn++) {
    await nextTurn();
    if (done.length > (seen.at(-1) ?? 0)) seen.push(done.length);
  }
  expect(seen).toEqual([1, 2, 3]);
  expect(done).toEqual(['a', 'b', 'c']);
});

it('lets nothing pass what waits', async () => {
  const { inTurn, work, done } = setUp();
  for (const name of ['a', 'b']) inTurn(work(3), name);
  await nextTurn();
  inTurn(work(0), 'c');
  while (done.length < 3) await nextTurn();
  expect(done).toEqual(['a', 'b', 'c']);
});

it('begins anew in every turn, also after one in which nothing had to wait', async () => {
  const { inTurn, work, done } = setUp();
  for (const name of ['a', 'b', 'c']) {
    inTurn(work(1.9), name);
    await nextTurn();
    await nextTurn();
  }
  expect(done).toEqual(['a', 'b', 'c']);
  inTurn(work(3), 'd');
  expect(done).toHaveLength(4);
});

it('counts what is done in microtasks behind a piece of work', async () => {
  const { inTurn, work, done } = setUp();
  inTurn((name) => void Promise.resolve(name).then(work(3)), 'a');
  await Promise.resolve();
  expect(done).toEqual(['a']);
  inTurn(work(0), 'b');
  expect(done).toEqual(['a']);
  while (done.length < 2) await nextTurn();
});

it('does thousands of pieces, of which each takes long', async () => {
  const { inTurn, work, done } = setUp();
  const names = Array.from({ length: 2_000 }, (_, index) => String(index));
  for (const name of names) inTurn(work(3), name);
  while (done.length < names.length) await nextTurn();
  expect(done).toEqual(names);
});
