import { buildSchema, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import type { CostTable, ListSize } from './cost-table.ts';
import { checkCost, createCosts } from './operation-cost.ts';

const SCHEMA = buildSchema(`
  type Query {
    title: String me: User users(first: Int): [User!]! page(first: Int = 5, last: Int): UserPage
    tens: [User] sized(input: Slice): [User] either(first: Int, last: Int): [User] any: Any node: Named
    find(text: String, filter: Filter): User
  }
  type Mutation { rename(input: Filter!): User }
  interface Named { name: String }
  type User implements Named { name: String friends: [User!]! avatar: Image }
  type Book implements Named { name: String }
  type UserPage { nodes: [User!]! edges: [Edge!]! total: Int }
  type Edge { node: User cursor: String }
  union Any = User | Book
  input Slice { limit: Int }
  input Filter { name: String nested: [Filter!] costly: Int }
  scalar Image
`);

const list = (over: Partial<ListSize>): ListSize => ({
  assumedSize: undefined,
  slicingArguments: [],
  sizedFields: [],
  requireOneSlicingArgument: true,
  ...over,
});
const TABLE: CostTable = {
  weights: new Map([
    ['Book', 7],
    ['Image', 2],
    ['Query.title', 4],
    ['Filter.costly', 3],
    ['Query.find(text:)', 5],
  ]),
  listSizes: new Map([
    ['Query.tens', list({ assumedSize: 10 })],
    ['Query.sized', list({ slicingArguments: ['input.limit'], requireOneSlicingArgument: false })],
    ['Query.either', list({ slicingArguments: ['first', 'last'], assumedSize: 9 })],
  ]),
};

function costOf(query: string, variables: Record<string, unknown> = {}) {
  const document = parse(query, { noLocation: true });
  expect(validate(SCHEMA, document)).toEqual([]);
  return createCosts(SCHEMA, TABLE, { defaultListSize: 20, maxPageSize: 100 }).costOf(document, undefined)(variables);
}

it.each([
  ['an object', '{me{name}}', 1],
  ['a name of a type', '{me{__typename}__typename}', 1],
  ['objects within objects', '{find{friends{name}}}', 1 + 20],
  ['a weight of a field', '{title}', 4],
  ['a weight of a scalar', '{me{avatar}}', 3],
  ['what may be an object with a weight', '{any{...on Book{name}}node{name}}', 7 + 7],
  ['a list of unknown length', '{me{friends{friends{name}}}}', 1 + 20 + 400],
  ['an assumed list', '{tens{friends{name}}}', 10 * 21],
  ['a page', '{users(first:3){avatar}}', 3 * 3],
  ['an unlimited page', '{users{name}}', 20],
  ['the nodes of a connection', '{page(last:3){nodes{name}total}}', 1 + 3],
  ['the edges of a connection', '{page(first:3){edges{cursor node{name}}}}', 1 + 3 * 2],
  ['a connection by its default', '{page{nodes{name}}}', 1 + 5],
  ['a list sized by an input object', '{sized(input:{limit:4}){name}}', 4 + 1],
  ['a list sized by no input object', '{sized{name}}', 20],
  ['a list sized by one of two', '{either(last:4){name}}', 4],
  ['a mutation', 'mutation{rename(input:{name:"x"}){name}}', 10 + 1 + 1],
  ['arguments', '{find(text:"x",filter:{nested:[{costly:1},{}]}){name}}', 1 + 5 + 1 + (1 + 3) + 1],
  ['a fragment, each time', '{me{...F}users(first:2){...F}}fragment F on User{friends{name}}', 1 + 20 + 2 * 21],
  ['what is skipped', '{title@skip(if:true) me@include(if:false){name}}', 0],
  ['a negative page', '{users(first:-3){name}}', 0],
])('%s costs what it may come to', (_, query, cost) => {
  expect(costOf(query)).toBe(cost);
});

/** Who or what somebody likes. Each type has something that costs. */
const LIKES = buildSchema(`
  type Query { liked(first: Int): [Liked] thing: Thing alone: Alone }
  union Liked = Band | Film | Place
  interface Thing { name: String parts: [Part] }
  interface Made { by: Part }
  interface Alone { part: Part }
  type Band implements Thing & Made { name: String parts: [Part] by: Part members: [Part] label: Part }
  type Film implements Thing & Made { name: String parts: [Part] by: Part scenes: [Part] }
  type Place implements Thing { name: String parts: [Part] }
  type Part { id: ID part: Part }
`);
const LIKES_TABLE: CostTable = {
  weights: new Map([
    ['Film.name', 5],
    ['Place', 3],
  ]),
  listSizes: new Map([
    ['Band.members', list({ assumedSize: 4 })],
    ['Film.scenes', list({ assumedSize: 50 })],
    ['Place.parts', list({ assumedSize: 30 })],
  ]),
};

describe('an object is of one type', () => {
  const likedCost = (query: string, variables: Record<string, unknown> = {}) => {
    const document = parse(query, { noLocation: true });
    expect(validate(LIKES, document)).toEqual([]);
    const costs = createCosts(LIKES, LIKES_TABLE, { defaultListSize: 10, maxPageSize: 100 });
    return costs.costOf(document, undefined)(variables);
  };

  it.each([
    ['the costliest of what is asked of several', '{thing{...on Band{members{id}}...on Film{scenes{id}}}}', 1 + 50],
    [
      'all that is asked of that one',
      '{thing{...on Band{members{id}}...on Band{label{id}}...on Film{by{id}}}}',
      1 + 4 + 1,
    ],
    ['what is asked of all of them', '{thing{parts{id}...on Band{members{id}}}}', Math.max(1 + 30 + 4, 3 + 30)],
    [
      'what is asked by an interface',
      '{thing{...on Made{by{id}}...on Film{by{part{id}}}...on Place{parts{id}}}}',
      3 + 30,
    ],
    [
      'within each other',
      '{thing{...on Made{...on Band{members{id}}...on Film{scenes{id}}}...on Band{label{id}}}}',
      1 + 50,
    ],
    ['nothing of what it cannot be', '{thing{...on Band{...on Thing{...on Film{scenes{id}}}}}}', 3],
    ['its own weight', '{thing{__typename}}', 3],
    ['the greatest weight of a field', '{thing{name}}', 3 + 5],
    ['one in a list for each', '{liked(first:2){...on Band{members{id}}...on Film{scenes{id}}}}', 2 * 51],
    ['what is spread', '{thing{...B...F}}fragment B on Band{members{id}}fragment F on Film{scenes{id}}', 1 + 50],
    ['what no type has', '{alone{part{id}}}', 1 + 1],
  ])('and costs %s', (_, query, cost) => {
    expect(likedCost(query)).toBe(cost);
  });

  it('by the variables', () => {
    const query =
      'query($b:Boolean!,$f:Boolean!){thing{...on Band@include(if:$b){members{id}}...on Film@include(if:$f){scenes{id}}}}';
    const costs = [
      [true, true],
      [true, false],
      [false, false],
    ].map(([b, f]) => likedCost(query, { b, f }));
    expect(costs).toEqual([1 + 50, 1 + 4, 3]);
  });

  it('also of very many, asked of one by one', () => {
    const names = Array.from({ length: 400 }, (_, index) => `T${index}`);
    const schema = buildSchema(`
      type Query { any: Any }
      union Any = ${names.join('|')}
      ${names.map((name) => `type ${name} { any: Any list: [${name}] }`).join('\n')}
    `);
    const deep = (level: number): string =>
      level === 0
        ? '__typename'
        : names
            .slice(0, 40)
            .map((name) => `...on ${name}{any{${level === 2 ? deep(1) : '__typename'}}}`)
            .join('');
    const document = parse(`{any{${deep(2)}}}`, { noLocation: true });
    const { costOf: of } = createCosts(schema, LIKES_TABLE, { defaultListSize: 10, maxPageSize: 100 });
    expect(of(document, undefined)({})).toBe(3);
  });
});

describe('variables', () => {
  it.each([
    ['as they are given', 'query($n:Int){users(first:$n){name}}', { n: 7 }, 7],
    ['by their default', 'query($n:Int=6){users(first:$n){name}}', {}, 6],
    ['that are null', 'query($n:Int){users(first:$n){name}}', { n: null }, 20],
    ['of a connection', 'query($n:Int){page(first:$n){nodes{name}}}', { n: 7 }, 8],
    ['of a wrong type, which coercion refuses', 'query($n:Int){users(first:$n){name}}', { n: 'many' }, 20],
    ['within input objects', 'query($i:Slice){sized(input:$i){name}}', { i: { limit: 2 } }, 2 + 1],
    ['within literals', 'query($n:Int){sized(input:{limit:$n}){name}}', { n: 2 }, 2 + 1],
    ['as arguments', 'query($f:Filter){find(filter:$f){name}}', { f: { nested: [{ costly: 1 }] } }, 1 + 1 + 4],
    ['as conditions', 'query($a:Boolean!){me@include(if:$a){name}title@skip(if:$a)}', { a: true }, 1],
    ['as conditions that do not hold', 'query($a:Boolean!){me@include(if:$a){name}title@skip(if:$a)}', { a: false }, 4],
  ])('count %s', (_, query, variables, cost) => {
    expect(costOf(query, variables)).toBe(cost);
  });
});

describe('lists that are too long', () => {
  const refusal = expect.objectContaining({ code: 'INVALID_ARGUMENT' });
  it.each([
    ['a literal', '{users(first:101){name}}', {}],
    ['a variable', 'query($n:Int){users(first:$n){name}}', { n: 101 }],
    ['a default of a variable', 'query($n:Int=101){users(first:$n){name}}', {}],
    ['a slicing argument', '{sized(input:{limit:101}){name}}', {}],
    ['the other of two', '{page(first:1,last:101){nodes{name}}}', {}],
  ])('are refused by %s', (_, query, variables) => {
    expect(() => costOf(query, variables)).toThrow(refusal);
  });

  it('are not those of 100', () => {
    expect(costOf('{users(first:100){name}}')).toBe(100);
  });

  it.each([
    ['none', '{either{name}}'],
    ['both', '{either(first:1,last:1){name}}'],
  ])('one slicing argument must be given, not %s', (_, query) => {
    expect(() => costOf(query)).toThrow(refusal);
  });
});

it('costs too much only above the limit', () => {
  expect(() => checkCost(10, 10)).not.toThrow();
  expect(() => checkCost(11, 10)).toThrow(expect.objectContaining({ code: 'COST_TOO_HIGH' }));
});

it('knows the operation that is meant', () => {
  const document = parse('query A{me{name}} query B{tens{name}}');
  const { costOf: of } = createCosts(SCHEMA, TABLE, { defaultListSize: 20, maxPageSize: 100 });
  expect([of(document, 'A')({}), of(document, 'B')({})]).toEqual([1, 10]);
});
