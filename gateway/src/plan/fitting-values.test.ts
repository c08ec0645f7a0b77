import { buildSchema, type GraphQLInputType, getVariableValues, isInputType, Kind, parse, typeFromAST } from 'graphql';
import { expect, it } from 'vitest';
import { compileFit } from './fitting-values.ts';

const schema = buildSchema(`
  type Query { search(in: Search, rate: Float): Int }
  scalar Anything
  enum Kind { BOOK FILM }
  input Page { first: Int! after: String }
  input Search { text: String! kinds: [Kind!] page: Page within: [Search] with: Anything }
  input Preset { first: Int = 3 after: ID }
  input One @oneOf { a: Int b: Int }
`);
const types =
  'Int Int! Float String ID! Boolean! Kind Kind! Anything Page Search! Preset One [Int!] [[Int]] [Search!]!'.split(' ');
const values: readonly unknown[] = [
  ...[null, undefined, 0, 1.5, 2 ** 31, -1, '', 'BOOK', 'x', true, false, [], {}, [1], [null], [[1, null], []], ['1']],
  { first: 1 },
  { first: 1, after: 'x' },
  { first: 1, after: null, more: 1 },
  { after: 'x' },
  { a: 1 },
  { text: 'x' },
  { text: 'x', kinds: ['BOOK', 'FILM'], page: { first: 2 }, within: [{ text: 'y' }, null], with: [{ any: 1 }] },
  { text: 'x', within: [{ text: 1 }] },
  { text: 'x', kinds: 'BOOK' },
  { text: 'x', page: { first: null } },
  [{ text: 'x' }],
];

function definitionsOf(type: string) {
  const [operation] = parse(`query ($v: ${type}) { __typename }`).definitions;
  return operation?.kind === Kind.OPERATION_DEFINITION ? (operation.variableDefinitions ?? []) : [];
}

function typeOf(text: string): GraphQLInputType {
  const [definition] = definitionsOf(text);
  const type = definition && typeFromAST(schema, definition.type);
  if (!isInputType(type)) throw new Error(`no input type '${text}'`);
  return type;
}

it.each(types)('what fits %s is right, and coercion would change nothing in it', (type) => {
  const fits = compileFit(typeOf(type));
  const fitting = values.filter(fits);
  for (const v of fitting) {
    const { errors, coerced } = getVariableValues(schema, definitionsOf(type), { v });
    expect(errors).toBeUndefined();
    expect(JSON.stringify(coerced?.v)).toBe(JSON.stringify(v));
  }
  if (type !== 'One') expect(fitting.length).toBeGreaterThan(0);
});

it('finds that most of what is right fits', () => {
  const right = types.map((type) =>
    values.filter((v) => v !== undefined && !getVariableValues(schema, definitionsOf(type), { v }).errors),
  );
  const fitting = types.map((type) => values.filter(compileFit(typeOf(type))));
  expect(fitting.flat().length).toBeGreaterThan(0.7 * right.flat().length);
});
