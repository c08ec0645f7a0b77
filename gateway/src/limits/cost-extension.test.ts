import { expect, it } from 'vitest';
import { withCost } from './cost-extension.ts';

const textOf = ({ body, tail = '' }: ReturnType<typeof withCost>) => `${body}${tail}`;

const cost = { requested: 3, limit: 100, remaining: 97, resetSeconds: 2 };

it.each([
  ['data', { data: { a: '}' } }],
  ['data and errors', { data: null, errors: [{ message: 'no', extensions: { code: 'X' } }] }],
  ['a field of that name', { data: { extensions: 1 } }],
])('an answer with %s tells its cost', (_, answer) => {
  const body = JSON.stringify(answer);
  for (const form of [body, `${body}\n`, Buffer.from(body)])
    expect(JSON.parse(textOf(withCost(form, cost)))).toEqual({ ...answer, extensions: { cost } });
});

it('what else the extensions tell stays', () => {
  const told = withCost('{"data":{},"extensions":{"trace":1}}', cost);
  expect(JSON.parse(textOf(told))).toEqual({ data: {}, extensions: { trace: 1, cost } });
});

it('the bytes of a kept answer are served each time, and none of them is copied', () => {
  const kept = Buffer.from('{"data":{"a":1}}');
  const first = withCost(kept, cost);
  const second = withCost(kept, { ...cost, remaining: 94 });
  expect(second.body).toBe(first.body);
  expect(Buffer.isBuffer(first.body) && first.body.buffer).toBe(kept.buffer);
  expect([first, second].map((each) => JSON.parse(textOf(each)).extensions.cost.remaining)).toEqual([97, 94]);
});
