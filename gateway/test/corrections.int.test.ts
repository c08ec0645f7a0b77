import { describe, expect, it } from 'vitest';
import { answers } from './beside-stock.ts';
import { compose, startSubgraph, startTestGateway } from './fixture.ts';

const RATES: Record<string, number> = { USD: 1, EUR: 2, GBP: 3 };
const given = (value: unknown) => Object(value);

async function startPricedGoods() {
  const goods = await startSubgraph(
    'goods',
    `type Query { products: [Product!]! }
     type Product @key(fields: "id") { id: ID! weight: Int! name: String price(currency: String! = "GBP"): Int category: Category }
     interface Category { average(currency: String!): Int }
     type Shelf implements Category { average(currency: String!): Int }
     type Rack implements Category { average(currency: String!): Int }`,
    {
      Query: { products: () => ['1', '2'].map((id) => ({ id })) },
      Product: {
        __resolveReference: (reference) => reference,
        name: ({ id }) => `Thing ${id}`,
        weight: ({ id }) => Number(id),
        price: (_, args) => 10 * (RATES[given(args).currency] ?? 0),
        category: ({ id }) => ({ __typename: id === '1' ? 'Shelf' : 'Rack' }),
      },
      Shelf: { average: (_, args) => 100 * (RATES[given(args).currency] ?? 0) },
      Rack: { average: (_, args) => 1000 * (RATES[given(args).currency] ?? 0) },
    },
  );
  const estimate = (product: unknown) => given(product).price * given(product).weight;
  const shipping = await startSubgraph(
    'shipping',
    `type Product @key(fields: "id") {
       id: ID!
       weight: Int! @external
       price(currency: String! = "GBP"): Int @external
       category: Category @external
       usd: Int @federation__requires(fields: "price(currency: \\"USD\\") weight")
       eur: Int @federation__requires(fields: "weight price(currency: \\"EUR\\")")
       gbp: Int @federation__requires(fields: "price weight")
       range: String @federation__requires(fields: "category { average(currency: \\"EUR\\") }")
       weightless: String
     }
     interface Category { average(currency: String!): Int }
     type Shelf implements Category @shareable { average(currency: String!): Int @external }
     type Rack implements Category @shareable { average(currency: String!): Int @external }`,
    {
      Product: {
        __resolveReference: (reference) => reference,
        usd: estimate,
        eur: estimate,
        gbp: estimate,
        range: (product) => `up to ${given(product).category.average}`,
        weightless: ({ id }) => `none for ${id}`,
      },
    },
  );
  return compose(goods, shipping);
}

describe('a @requires with arguments', () => {
  it('is not mistaken for what the client asks of the same field', async () => {
    const query = '{ products { price(currency: "EUR") usd } }';
    const { ours, stock } = await answers(await startPricedGoods(), query);
    const products = [
      { price: 20, usd: 10 },
      { price: 20, usd: 20 },
    ];
    expect(ours).toEqual({ data: { products }, errors: 0 });
    expect(stock.data).not.toEqual({ products });
  });

  it('is not mistaken for one with other arguments, or with none', async () => {
    const query = '{ products { usd eur gbp weightless } }';
    const { ours, stock } = await answers(await startPricedGoods(), query);
    const products = [
      { usd: 10, eur: 20, gbp: 30, weightless: 'none for 1' },
      { usd: 20, eur: 40, gbp: 60, weightless: 'none for 2' },
    ];
    expect(ours).toEqual({ data: { products }, errors: 0 });
    expect(stock.data).not.toEqual({ products });
  });

  it('reaches into objects, whatever type they are of', async () => {
    const query = '{ products { range category { average(currency: "GBP") } } }';
    const { ours, stock } = await answers(await startPricedGoods(), query);
    const products = [
      { range: 'up to 200', category: { average: 300 } },
      { range: 'up to 2000', category: { average: 3000 } },
    ];
    expect(ours).toEqual({ data: { products }, errors: 0 });
    expect(stock.data).not.toEqual({ products });
  });

  it('may be of values that are nothing', async () => {
    const goods = await startSubgraph(
      'goods',
      'type Query { product: Product } type Product @key(fields: "id") { id: ID! stock(at: String!): Int }',
      { Query: { product: () => ({ id: '1' }) }, Product: { stock: (_, args) => (given(args).at === 'x' ? 0 : null) } },
    );
    const labels = await startSubgraph(
      'labels',
      `type Product @key(fields: "id") {
         id: ID!
         stock(at: String!): Int @external
         zero: String @federation__requires(fields: "stock(at: \\"x\\")")
         none: String @federation__requires(fields: "stock(at: \\"y\\")")
       }`,
      {
        Product: {
          __resolveReference: (reference) => reference,
          zero: (product) => JSON.stringify(given(product).stock),
          none: (product) => JSON.stringify(given(product).stock),
        },
      },
    );
    const { ask } = await startTestGateway(compose(goods, labels));
    expect(await ask('{ product { zero none } }')).toMatchObject({ data: { product: { zero: '0', none: 'null' } } });
  });

  it('stays what it is in lists of lists of entities', async () => {
    const posts = await startSubgraph(
      'posts',
      `type Query { feed: [Post!]! }
       type Post @key(fields: "id") { id: ID! comments(limit: Int!): [Comment!] @external
         writers: String @federation__requires(fields: "comments(limit: 3) { writer }") }
       type Comment @key(fields: "id") { id: ID! writer: String @external }`,
      {
        Query: { feed: () => [{ id: '1' }] },
        Post: {
          __resolveReference: (reference) => reference,
          writers: (post) =>
            given(post)
              .comments.map((comment: unknown) => given(comment).writer)
              .join(),
        },
      },
    );
    const comments = await startSubgraph(
      'comments',
      `type Post @key(fields: "id") { id: ID! comments(limit: Int!): [Comment!] }
       type Comment @key(fields: "id") { id: ID! writer: String }`,
      {
        Post: {
          __resolveReference: (reference) => reference,
          comments: ({ id }, args) =>
            ['a', 'b', 'c', 'd'].slice(0, given(args).limit).map((one) => ({ id: `${id}${one}`, writer: one })),
        },
        Comment: { __resolveReference: ({ id }) => ({ id, writer: id.at(1) }) },
      },
    );
    const query = '{ feed { writers comments(limit: 1) { id } } }';
    const { ours, stock } = await answers(compose(posts, comments), query);
    const expected = { feed: [{ writers: 'a,b,c', comments: [{ id: '1a' }] }] };
    expect(ours).toEqual({ data: expected, errors: 0 });
    expect(stock.data).not.toEqual(expected);
  });
});

describe('a name that a client gives to a field', () => {
  it('is not taken for what a @requires needs', async () => {
    const { ours, stock } = await answers(await startPricedGoods(), '{ products { weight: name usd } }');
    const products = [
      { weight: 'Thing 1', usd: 10 },
      { weight: 'Thing 2', usd: 20 },
    ];
    expect(ours).toEqual({ data: { products }, errors: 0 });
    expect(stock.data).not.toEqual({ products });
  });

  it('is not taken for a key, nor for one that tells requirements apart', async () => {
    const query = '{ products { id: name price__ecbabde3: weight usd eur } }';
    const { ask } = await startTestGateway(await startPricedGoods());
    expect((await ask(query)).data).toEqual({
      products: [
        { id: 'Thing 1', price__ecbabde3: 1, usd: 10, eur: 20 },
        { id: 'Thing 2', price__ecbabde3: 2, usd: 20, eur: 40 },
      ],
    });
  });

  it('is told in the paths of errors', async () => {
    const goods = await startSubgraph(
      'goods',
      'type Query { product: Product } type Product { name: String bad: String }',
      {
        Query: { product: () => ({ id: '1' }) },
        Product: {
          bad: () => {
            throw new Error('no');
          },
        },
      },
    );
    const { ask } = await startTestGateway(compose(goods));
    const { data, errors = [] } = await ask('{ product: product { name: bad } }');
    expect({ data, paths: errors.map(({ path }) => path) }).toEqual({
      data: { product: { name: null } },
      paths: [['product', 'name']],
    });
  });
});

it('a subgraph is come back to by a key that it can resolve', async () => {
  const parts = await startSubgraph(
    'parts',
    `type Query { parts: [Part!]! }
     type Part @key(fields: "code", resolvable: false) @key(fields: "id") {
       id: ID! code: String! name: String @external label: String @federation__requires(fields: "name")
     }`,
    {
      Query: { parts: () => [{ id: '1', code: 'c1' }] },
      Part: {
        __resolveReference: (reference) => (reference.id ? { ...reference, code: `c${reference.id}` } : null),
        label: (part) => `the ${given(part).name}`,
      },
    },
  );
  const names = await startSubgraph(
    'names',
    'type Part @key(fields: "id") @key(fields: "code", resolvable: false) { id: ID! code: String! name: String }',
    { Part: { __resolveReference: ({ id }) => ({ id, name: `bolt ${id}` }) } },
  );
  const { ours, stock } = await answers(compose(parts, names), '{ parts { label } }');
  expect(ours).toEqual({ data: { parts: [{ label: 'the bolt 1' }] }, errors: 0 });
  expect(stock.data).not.toEqual(ours.data);
});

it('a field that cannot be planned, for nothing implements its interface, is an error and not null in silence', async () => {
  const nodes = await startSubgraph(
    'nodes',
    'type Query { a: Node title: String } interface Node @key(fields: "id") { id: ID! }',
    { Query: { title: () => 'x' } },
  );
  const fields = await startSubgraph(
    'fields',
    'type Query { b: Node } type Node @key(fields: "id") @federation__interfaceObject { id: ID! field: String }',
    { Query: { b: () => ({ id: '1', field: 'f' }) }, Node: { __resolveReference: (reference) => reference } },
  );
  const { ours, stock } = await answers(compose(nodes, fields), '{ a { field } }');
  expect(stock).toEqual({ data: { a: null }, errors: 0 });
  expect(ours.errors).toBeGreaterThan(0);
});
