import { expect, it } from 'vitest';
import { withCost } from './cost-extension.ts';

const cost = { requested: 3, limit: 100, remaining: 97, resetSeconds: 2 };

it.each([
  ['data', { data: { a: '}' } }],
  ['data and errors', { data: null, errors: [{ message: 'no', extensions: { code: 'X' } }] }],
  ['a field of that name', { data: { extensions: 1 } }],
])('an answer with %s tells its cost', (_, answer) => {
  const body = JSON.stringify(answer);
  for (const form of [body, `${body}\n`, Buffer.from(body)])
    expect(JSON.parse(withCost(form, cost).toString())).toEqual({ ...answer, extensions: { cost } });
});

it('what else the extensions tell stays', () => {
  const told = withCost('{"data":{},"extensions":{"trace":1}}', cost);
  expect(JSON.parse(told.toString())).toEqual({ data: {}, extensions: { trace: 1, cost } });
});
