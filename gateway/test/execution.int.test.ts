import { parse } from 'graphql';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { FEATURES } from './features.ts';
import { createLocalGraph, startOurs, startStock } from './local-graph.ts';

type Asked = [what: string, query: string, variables?: Record<string, unknown>];

const local = createLocalGraph(FEATURES);
const ours = await startOurs(local);
const stock = await startStock(local);
afterAll(async () => {
  ours.end();
  await stock.end();
});
beforeEach(() => {
  local.calls.length = 0;
});
const code = (answer: { errors?: unknown[] }) => answer.errors?.map((error) => Object(error).extensions?.code);

/** Where the stock gateway is right, it is the measure. */
const AS_STOCK: Asked[] = [
  ['one subgraph', '{ product(id: "1") { name price } }'],
  ['two keys of one type', '{ products { name inStock reviews { id } } }'],
  ['a key of an object', '{ lastReview { product { name brand { title } } } }'],
  [
    'named fragments that overlap',
    '{ products(first: 3) { ...A ...B } } fragment A on Product { id name brand { title } } fragment B on Product { name reviews { author { name email } text } brand { id } }',
  ],
  ['@requires, with arguments of its own, under two names', '{ products { shipping fast: shipping(express: true) } }'],
  ['@requires of an object', '{ products { origin } }'],
  ['@provides', '{ lastReview { author { name } } }'],
  ['a union', '{ search { __typename ... on Product { name inStock } ... on Brand { title } } }'],
  ['an interface', '{ media { title ... on Book { pages } ... on Film { minutes } } }'],
  ['a field of an @interfaceObject', '{ media { id rating } }'],
  ['an @interfaceObject alone', '{ topMedia { rating } }'],
  [
    'the types behind an @interfaceObject',
    '{ topMedia { __typename rating ... on Book { pages } ... on Film { title } } }',
  ],
  ['a shared object', '{ products { size { width depth height } } }'],
  ['a list of lists', '{ matrix { id inStock } }'],
  ['any scalar', '{ anything }'],
  ['an entity by an interface', '{ node(id: "2") { id __typename ... on Product { name shipping } } }'],
  ['an entity that nobody knows', '{ product(id: "none") { id inStock } }'],
  ['another subgraph’s entity', '{ cheapest { name inStock reviews { author { email } } } }'],
  ['types', '{ __typename other: __typename product(id: "1") { kind: __typename } }'],
  [
    'names that objects have',
    '{ product(id: "1") { constructor: label toString: label(upper: true) __proto__: name inStock } }',
  ],
  ['defaults of arguments', '{ echo(input: {}) }'],
  ['input objects', 'query($i: Question!) { echo(input: $i) }', { i: { text: 'x', more: [{ times: 3 }, {}] } }],
  ['a value for a list', 'query($l: [Int!]) { echo(input: {}, list: $l) }', { l: 3 }],
  ['an enum', 'query($k: Kind) { echo(input: {}, kind: $k) }', { k: 'NEW' }],
  ['an enum that is null', 'query($k: Kind) { echo(input: {}, kind: $k) }', { k: null }],
  ['an enum that is not given', 'query($k: Kind) { echo(input: {}, kind: $k) }'],
  ['a default of a variable', 'query($n: Int = 3) { products(first: $n) { id inStock } }'],
  [
    'conditions that hold',
    'query($a: Boolean!, $b: Boolean = false) { products { id name @include(if: $a) ... @skip(if: $b) { price inStock } } }',
    { a: true },
  ],
  [
    'conditions that do not hold',
    'query($a: Boolean!, $b: Boolean = false) { products { id name @include(if: $a) ... @skip(if: $b) { price inStock } } }',
    { a: false, b: true },
  ],
  ['nothing at all', 'query($no: Boolean = false) { product(id: "1") @include(if: $no) { id } }'],
  [
    'mutations of two subgraphs',
    'mutation { rename(id: "1", name: "New") { name inStock } restock(id: "2") { name } reset }',
  ],
  ['the schema', '{ __schema { queryType { name } } __type(name: "Kind") { enumValues { name } } }'],
  ['a part that fails', '{ products { id sometimes } }'],
  ['a part that fails and may not be null', '{ product(id: "2") { id strict } }'],
  ['a part that fails in a list without nulls', '{ products { id strict } }'],
];

describe('an operation over several subgraphs', () => {
  it.each(AS_STOCK)('is answered as by the stock gateway: %s', async (_, query, variables) => {
    const [answer, expected] = [await ours.ask(query, variables), await stock.ask(query, variables)];
    // The text, because the order of fields is a part of the answer.
    expect(JSON.stringify(answer.data)).toBe(JSON.stringify(expected.data));
    expect(answer.errors?.map(({ path }) => path)).toEqual(expected.errors?.map(({ path }) => path));
  });

  it('asks for each distinct entity once', async () => {
    await ours.ask('{ products(first: 3) { brand { title } reviews { author { email } } } }');
    const users = local.calls.filter(({ subgraph }) => subgraph === 'users');
    expect(users.map(({ representations }) => representations?.length)).toEqual([2]);
  });

  it('sends each subgraph the variables that it uses, and none that were not given', async () => {
    await ours.ask(
      'query($id: ID!, $express: Boolean, $upper: Boolean) { product(id: $id) { label(upper: $upper) shipping(express: $express) } }',
      { id: '1', express: true },
    );
    expect(local.calls.map(({ subgraph, variables }) => [subgraph, variables])).toEqual([
      ['catalog', '{"id":"1"}'],
      ['stock', '{"express":true}'],
    ]);
  });

  it('may call a variable what plans call their own', async () => {
    const query =
      'query($representations: Boolean) { product(id: "1") { inStock shipping(express: $representations) } }';
    expect((await ours.ask(query, { representations: true })).data).toEqual({
      product: { inStock: 100, shipping: 40 },
    });
  });

  it('is refused with variables that do not fit, before anything is asked', async () => {
    const answer = await ours.ask('query($id: ID!) { product(id: $id) { id } }', { id: [1] });
    expect(code(answer)).toEqual(['BAD_USER_INPUT']);
    expect(answer).not.toHaveProperty('data');
    expect(local.calls).toEqual([]);
  });
});

describe('what clients may not see', () => {
  it('are values and types that are @inaccessible', async () => {
    const answer = await ours.ask('{ product(id: "3") { name kind } }');
    expect(answer.data).toEqual({ product: { name: 'Three', kind: null } });
    expect([code(answer), answer.errors?.[0]?.path]).toEqual([['INVALID_SUBGRAPH_RESPONSE'], ['product', 'kind']]);
    expect(JSON.stringify(answer)).not.toContain('SECRET');
  });

  it('are fields that are denied: null with an error, and what must not be null takes what is around it along', async () => {
    const document = parse('{ product(id: "1") { id } products { id } }');
    const denials = {
      key: 'k',
      document,
      has: (type: string, field: string) => type === 'Product' && field === 'name',
    };
    const answer = await ours.ask('{ product(id: "1") { id name } products { id } }', {}, { denials });
    expect(answer.data).toEqual({ product: null, products: [{ id: '1' }, { id: '2' }] });
    expect(answer.errors).toEqual([
      expect.objectContaining({ path: ['product', 'name'], extensions: { code: 'UNAUTHORIZED_FIELD_OR_TYPE' } }),
    ]);
  });

  it('is everything, when everything is denied', async () => {
    const [operation] = parse('{ product(id: "1") { id } }').definitions;
    const document = Object({
      kind: 'Document',
      definitions: [{ ...operation, selectionSet: { kind: 'SelectionSet', selections: [] } }],
    });
    const denials = { key: 'all', document, has: () => true };
    const answer = await ours.ask('{ product(id: "1") { id } }', {}, { denials });
    expect([answer.data, code(answer)]).toEqual([{ product: null }, ['UNAUTHORIZED_FIELD_OR_TYPE']]);
    expect(local.calls).toEqual([]);
  });
});

describe('@override by label', () => {
  it.each([
    [29, 'stock'],
    [31, 'catalog'],
  ])('at %d of a hundred asks %s', async (roll, owner) => {
    const answer = await ours.ask('{ product(id: "1") { moving } }', {}, { roll });
    expect(answer.data).toEqual({ product: { moving: owner } });
  });
});

describe('@defer', () => {
  it('delivers first what is not deferred, and the rest as it comes', async () => {
    const payloads = await ours.incrementally(
      '{ products { id ... @defer(label: "later") { inStock reviews { id } } } }',
    );
    expect(payloads[0]).toEqual({ data: { products: [{ id: '1' }, { id: '2' }] }, hasNext: true });
    expect(payloads.slice(1)).toEqual([
      {
        incremental: [
          { path: ['products', 0], label: 'later', data: { inStock: 100, reviews: [{ id: 'r1s1' }, { id: 'r2s1' }] } },
          { path: ['products', 1], label: 'later', data: { inStock: 200, reviews: [{ id: 'r1s2' }, { id: 'r2s2' }] } },
        ],
        hasNext: false,
      },
    ]);
  });

  it('within @defer, and not at all where its condition does not hold', async () => {
    const query =
      'query($yes: Boolean!) { product(id: "2") { id ... @defer(if: $yes) { inStock ... @defer { sometimes } } } }';
    const error = expect.objectContaining({ path: ['product', 'sometimes'] });
    expect(await ours.incrementally(query, { yes: true })).toEqual([
      { data: { product: { id: '2' } }, hasNext: true },
      { incremental: [{ path: ['product'], data: { inStock: 200 } }], hasNext: true },
      { incremental: [{ path: ['product'], data: { sometimes: null }, errors: [error] }], hasNext: false },
    ]);
    expect(await ours.incrementally(query, { yes: false })).toEqual([
      { data: { product: { id: '2', inStock: 200 } }, hasNext: true },
      { incremental: [{ path: ['product'], data: { sometimes: null }, errors: [error] }], hasNext: false },
    ]);
  });

  it('is announced, delivered and completed by ids for whoever speaks the newer form', async () => {
    const nested = 'query { products { id ... @defer(label: "later") { inStock ... @defer { sometimes } } } }';
    const [first, ...later] = await ours.incrementally(nested, {}, 'v0.2');
    expect(first).toEqual({
      data: { products: [{ id: '1' }, { id: '2' }] },
      pending: [
        { id: '0', path: ['products', 0], label: 'later' },
        { id: '1', path: ['products', 1], label: 'later' },
      ],
      hasNext: true,
    });
    const within = (id: number) => ({ id: `${id}`, path: ['products', id % 2] });
    expect(later[0]).toEqual({
      pending: [within(2), within(3)],
      incremental: [
        { id: '0', data: { inStock: 100 } },
        { id: '1', data: { inStock: 200 } },
      ],
      completed: [{ id: '0' }, { id: '1' }],
      hasNext: true,
    });
    const error = expect.objectContaining({ path: ['products', expect.any(Number), 'sometimes'] });
    expect(later[1]).toMatchObject({ completed: [{ id: '2' }, { id: '3' }], hasNext: false });
    expect(later[1]).toMatchObject({
      incremental: expect.arrayContaining([{ id: '3', data: { sometimes: null }, errors: [error] }]),
    });
    expect(later).toHaveLength(2);
  });

  it('of all that an object has is announced where that object is', async () => {
    const payloads = await ours.incrementally('{ product(id: "1") { ... @defer { id inStock } } }', {}, 'v0.2');
    expect(payloads).toEqual([
      { data: { product: {} }, pending: [{ id: '0', path: ['product'] }], hasNext: true },
      { incremental: [{ id: '0', data: { id: '1', inStock: 100 } }], completed: [{ id: '0' }], hasNext: false },
    ]);
    const root = await ours.incrementally('{ ... @defer { product(id: "1") { id } } }', {}, 'v0.2');
    expect(root).toEqual([
      { data: {}, pending: [{ id: '0', path: [] }], hasNext: true },
      { incremental: [{ id: '0', data: { product: { id: '1' } } }], completed: [{ id: '0' }], hasNext: false },
    ]);
    // Also in the form that announces nothing, and where there is no such object.
    const gone = '{ product(id: "1") { ... @defer { id } } none: product(id: "none") { ... @defer { id inStock } } }';
    const [given, ...rest] = await ours.incrementally(gone);
    expect(given).toEqual({ data: { product: {}, none: null }, hasNext: true });
    expect(rest).toContainEqual(expect.objectContaining({ incremental: [{ path: ['product'], data: { id: '1' } }] }));
    const left = 'query($no: Boolean!) { product(id: "1") @include(if: $no) { ... @defer { id } } products { id } }';
    expect((await ours.incrementally(left, { no: false }))[0]).toMatchObject({ data: { products: [{}, {}] } });
  });

  it('is answered at once, when that is what is asked for', async () => {
    const answer = await ours.ask('{ product(id: "1") { id ... @defer { inStock } } }');
    expect(answer).toEqual({ data: { product: { id: '1', inStock: 100 } } });
  });
});
