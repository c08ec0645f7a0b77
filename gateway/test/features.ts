import type { LocalSubgraph } from './local-graph.ts';

const products = [
  { id: '1', sku: 's1', brand: { id: 'b1' }, name: 'One', weight: 2, price: 10, kind: 'NEW' },
  { id: '2', sku: 's2', brand: { id: 'b2' }, name: 'Two "quoted" \u2028', weight: null, price: 20, kind: 'OLD' },
  { id: '3', sku: 's3', brand: { id: 'b1' }, name: 'Three', weight: 5, price: 30, kind: 'SECRET' },
];
const media = [
  { __typename: 'Book', id: 'm1', title: 'A book', pages: 100 },
  { __typename: 'Film', id: 'm2', title: 'A film', minutes: 90 },
];
const byId = (id: unknown) => products.find((product) => product.id === id) ?? null;

/** What federation can do, in four subgraphs. */
export const FEATURES: readonly LocalSubgraph[] = [
  {
    name: 'catalog',
    sdl: `
      type Query {
        product(id: ID!): Product
        products(first: Int = 2): [Product!]!
        search: [Found!]!
        media: [Media!]!
        node(id: ID!): Node
        nobody: Nobody
        echo(input: Question!, list: [Int!], kind: Kind = OLD): String
        matrix: [[Product]]
        anything: Anything
        broken: [Product!]
      }
      type Mutation { rename(id: ID!, name: String!): Product reset: Boolean }
      interface Node { id: ID! }
      interface Nobody { id: ID! }
      type Product implements Node @key(fields: "id") @key(fields: "sku brand { id }") {
        id: ID! sku: String! brand: Brand! name: String! weight: Int price: Int! kind: Kind
        internal: String @inaccessible
        size: Size @shareable
        label(upper: Boolean = false): String
        moving: String
        strict: Int!
      }
      type Size { width: Int height: Int @shareable }
      type Brand @key(fields: "id") { id: ID! title: String }
      union Found = Product | Brand | Secret
      type Secret @inaccessible { id: ID! }
      enum Kind { NEW OLD SECRET @inaccessible }
      interface Media @key(fields: "id") { id: ID! title: String }
      type Book implements Media @key(fields: "id") { id: ID! title: String pages: Int }
      type Film implements Media @key(fields: "id") { id: ID! title: String minutes: Int }
      input Question { text: String! = "why" times: Int = 1 more: [Question!] }
      scalar Anything
    `,
    resolvers: {
      Query: {
        product: (_, { id }) => byId(id),
        products: (_, { first }) => products.slice(0, Number(first)),
        search: () => [
          { __typename: 'Product', ...products[0] },
          { __typename: 'Brand', id: 'b1', title: 'Brand b1' },
        ],
        media: () => media,
        node: (_, { id }) => ({ __typename: 'Product', ...byId(id) }),
        nobody: () => null,
        echo: (_, values) => JSON.stringify(values),
        matrix: () => [[products[0], null], null, [products[1]]],
        anything: () => ({ any: ['thing', 1, null, { deep: true }] }),
        broken: () => [products[0], products[1]],
      },
      Mutation: {
        rename: (_, { id, name }) => ({ ...byId(id), name }),
        reset: () => true,
      },
      Product: {
        __resolveReference: (it: Record<string, unknown>) =>
          byId(it.id) ?? products.find(({ sku }) => sku === it.sku) ?? null,
        size: () => ({ width: 3, height: 4 }),
        label: ({ name }, { upper }) => (upper ? String(name).toUpperCase() : name),
        moving: () => 'catalog',
        strict: ({ id }) => {
          if (id === '2') throw new Error('strict fails');
          return 1;
        },
      },
      Brand: {
        __resolveReference: ({ id }: Record<string, unknown>) => ({ id }),
        title: ({ id }) => `Brand ${id}`,
      },
      Media: { __resolveReference: ({ id }: Record<string, unknown>) => media.find((one) => one.id === id) ?? null },
    },
  },
  {
    name: 'stock',
    sdl: `
      type Query { cheapest: Product }
      type Mutation { restock(id: ID!): Product }
      type Product @key(fields: "id") {
        id: ID!
        weight: Int @external
        price: Int! @external
        brand: Brand! @external
        shipping(express: Boolean = false): Int @requires(fields: "weight price")
        origin: String @requires(fields: "brand { id title }")
        inStock: Int!
        size: Size @shareable
        moving: String @override(from: "catalog", label: "percent(30)")
        sometimes: Int
      }
      type Brand @key(fields: "id") { id: ID! title: String @external }
      type Size { depth: Int height: Int @shareable }
    `,
    resolvers: {
      Query: { cheapest: () => ({ id: '1' }) },
      Mutation: { restock: (_, { id }) => ({ id }) },
      Product: {
        __resolveReference: (it: Record<string, unknown>) => it,
        shipping: ({ weight, price }, { express }) => Number(weight ?? 0) * Number(price) * (express ? 2 : 1),
        origin: ({ brand }) => `made by ${Object(brand).title}`,
        inStock: ({ id }) => Number(id) * 100,
        size: () => ({ depth: 5, height: 4 }),
        moving: () => 'stock',
        sometimes: ({ id }) => {
          if (id === '2') throw new Error('not for 2');
          return 7;
        },
      },
    },
  },
  {
    name: 'reviews',
    sdl: `
      type Query { topMedia: [Media!]! lastReview: Review }
      type Media @interfaceObject @key(fields: "id") { id: ID! rating: Int }
      type Product @key(fields: "sku brand { id }") { sku: String! brand: Brand! reviews: [Review!]! }
      type Brand @key(fields: "id") { id: ID! }
      type Review { id: ID! text: String product: Product author: User @provides(fields: "name") }
      type User @key(fields: "id") { id: ID! name: String @external }
    `,
    resolvers: {
      Query: {
        topMedia: () => [{ id: 'm2' }, { id: 'm1' }],
        lastReview: () => ({
          id: 'r9',
          text: 'last',
          author: { id: 'u1', name: 'Ann' },
          product: { sku: 's2', brand: { id: 'b2' } },
        }),
      },
      Media: { __resolveReference: (it: Record<string, unknown>) => it, rating: ({ id }) => (id === 'm1' ? 5 : 3) },
      Product: {
        __resolveReference: (it: Record<string, unknown>) => it,
        reviews: ({ sku }) => [
          { id: `r1${sku}`, text: 'good', author: { id: 'u1', name: 'Ann' } },
          { id: `r2${sku}`, text: null, author: { id: 'u2', name: 'Bob' } },
        ],
      },
    },
  },
  {
    name: 'users',
    sdl: `type User @key(fields: "id") { id: ID! name: String @shareable email: String! }`,
    resolvers: {
      User: {
        __resolveReference: ({ id }: Record<string, unknown>) => ({ id }),
        name: ({ id }) => (id === 'u1' ? 'Ann' : 'Bob'),
        email: ({ id }) => `${id}@example.com`,
      },
    },
  },
];
