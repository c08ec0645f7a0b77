import { expect, it } from 'vitest';
import { createHopeless } from './hopeless.ts';

const ask = (name: string, id = 1) =>
  Buffer.from(JSON.stringify({ operationName: name, variables: { id }, query: `query ${name} { a }` }));

function learn(hopeless: ReturnType<typeof createHopeless>, name: string, isRefused: boolean, times: number) {
  for (let time = 0; time < times; time++) hopeless.tell(ask(name, time), isRefused);
}

/** How many of a hundred need not be read. */
const shareOf = (hopeless: ReturnType<typeof createHopeless>, name: string) =>
  Array.from({ length: 100 }, (_, id) => hopeless.has(ask(name, 1_000 + id))).filter(Boolean).length;

it('is what begins as many others that were refused, but for some that are looked at', () => {
  const hopeless = createHopeless();
  expect(shareOf(hopeless, 'Page')).toBe(0);
  learn(hopeless, 'Page', true, 50);
  expect(shareOf(hopeless, 'Page')).toBe(95);
  expect(shareOf(hopeless, 'Other')).toBe(0);
});

it('is nothing of which a part is answered', () => {
  const hopeless = createHopeless();
  for (let time = 0; time < 50; time++) learn(hopeless, 'Page', time % 2 === 0, 1);
  expect(shareOf(hopeless, 'Page')).toBe(0);
});

it('is forgotten when it is answered again', () => {
  const hopeless = createHopeless();
  learn(hopeless, 'Page', true, 50);
  learn(hopeless, 'Page', false, 5);
  expect(shareOf(hopeless, 'Page')).toBe(0);
});

it('is nothing without a body', () => {
  const hopeless = createHopeless();
  for (let time = 0; time < 50; time++) hopeless.tell(Buffer.alloc(0), true);
  expect(hopeless.has(Buffer.alloc(0))).toBe(false);
});
