import { expect, it } from 'vitest';
import { withCost } from './cost-extension.ts';

const cost = { requested: 3.5, limit: 100, remaining: 97, resetSeconds: 2 };
const read = ({ body, tail }: ReturnType<typeof withCost>) => JSON.parse(`${body}${tail}`);

it.each([
  ['data', { data: { a: '}' } }],
  ['data and errors', { data: null, errors: [{ message: 'no', extensions: { code: 'X' } }] }],
  ['a field of that name', { data: { extensions: 1 } }],
])('an answer with %s tells its cost', (_, answer) => {
  const body = JSON.stringify(answer);
  for (const form of [body, `${body}\n`, Buffer.from(body)])
    expect(read(withCost(form, cost))).toEqual({ ...answer, extensions: { cost } });
});

it('the bytes of a kept answer are served each time, and never copied', () => {
  const kept = Buffer.from('{"data":{"a":1}}');
  const answers = [withCost(kept, cost), withCost(kept, { ...cost, remaining: 94 })];
  for (const { body } of answers) expect(Buffer.isBuffer(body) && body.buffer === kept.buffer).toBe(true);
  expect(answers.map((answer) => read(answer).extensions.cost.remaining)).toEqual([97, 94]);
});
