import { expect, it } from 'vitest';
import { checkSchema } from './check.ts';
import { readOperations } from './operations.ts';
import { smallShop } from './small-shop.ts';

const file = (text: string, name = 'a.graphql') => ({ file: name, text });
const check = (operations: string) =>
  checkSchema({ now: smallShop([], operations), base: undefined, accepted: [], today: '2025-12-31' }).problems;

it('takes each operation with the fragments it needs', () => {
  const { operations } = readOperations([
    file('query A { me { ...F } } query B { me { id } } fragment F on Person { name }'),
  ]);
  expect(operations.map(({ name, document }) => [name, document.definitions.length])).toEqual([
    ['A', 2],
    ['B', 1],
  ]);
});

it('refuses an operation without a name', () => {
  expect(readOperations([file('{ me { id } }')]).problems).toEqual([
    expect.objectContaining({ rule: 'operation-name' }),
  ]);
});

it('refuses a name that another file has', () => {
  const { problems } = readOperations([file('query A { me { id } }'), file('\nquery A { me { name } }', 'b.graphql')]);
  expect(problems).toEqual([expect.objectContaining({ rule: 'operation-name', at: { file: 'b.graphql', line: 2 } })]);
});

it('tells broken syntax with its line', () => {
  const { problems } = readOperations([file('query A {\n  me { id }\n')]);
  expect(problems).toEqual([expect.objectContaining({ rule: 'syntax', at: { file: 'a.graphql', line: 3 } })]);
});

it('finds an operation that the schema does not answer, at its line', () => {
  expect(check('query A {\n  me {\n    shoeSize\n  }\n}')).toEqual([
    expect.objectContaining({ rule: 'operation-valid', at: { file: 'schema/operations/shop.graphql', line: 3 } }),
  ]);
});

it('warns of an operation that uses what is deprecated', () => {
  expect(check('query A($id: ID!) { thing(id: $id) { oldTitle } }')).toEqual([
    expect.objectContaining({ severity: 'warning', rule: 'operation-deprecated' }),
  ]);
});
