import { afterAll, beforeAll, expect, it } from 'vitest';
import { countStatement, pageStatement } from '../src/store/product-list-sql.ts';
import { seedCatalogue } from '../src/store/seed-store.ts';
import { type ProductsFixture, shopper, startProductsFixture } from './products-fixture.ts';

let shop: ProductsFixture;
beforeAll(async () => {
  shop = await startProductsFixture();
  const categories = Array.from({ length: 20 }, (_, index) => ({
    slug: `shelf-${index}`,
    name: `Shelf ${index}`,
    parent: undefined,
  }));
  const products = Array.from({ length: 3_640 }, (_, index) => ({
    slug: `product-${index}`,
    name: `PRODUCT ${(index * 7919) % 3_640} OF MANY`,
    category: `shelf-${index % 20}`,
    variant: {
      sku: `SKU${index}`,
      name: '',
      price: { minor: BigInt(index), currency: 'GBP' },
      openingStock: index % 9,
    },
  }));
  await seedCatalogue(shop.pool, () => ({ categories, products }), new Date());
  await shop.pool.query('ANALYZE');
});
afterAll(() => shop.stop());

it('seeds an empty catalogue only, and tells consumers of every variant', async () => {
  const load = () => {
    throw new Error('there is nothing to load');
  };
  expect(await seedCatalogue(shop.pool, load, new Date())).toEqual({ categories: 0, products: 0 });
  expect(await shop.count('outbox', `envelope->>'type' = 'catalogue.variant-changed.v1'`)).toBe(3_640);
});

const WINDOW = `query($first: Int!) { products(first: $first) { nodes {
  id name slug category { id name } priceRange { lowest { amount } } variants { id sku price { amount } available product { id } } } } }`;

it('shows a list with prices, stock and categories in three statements, however long it is', async () => {
  for (const first of [1, 24, 100]) {
    expect(await shop.statements(() => shop.ask(WINDOW, { first }))).toBe(3);
  }
});

it('shows a product page in two statements', async () => {
  const page = `{ product(slug: "product-7") { name description variants { sku price { amount } available } } }`;
  expect(await shop.statements(() => shop.ask(page))).toBe(2);
});

it('answers the gateway for a hundred entities in one statement a type, in the order asked', async () => {
  const { data } = await shop.ask('{ products(first: 50) { nodes { id variants { id sku } } } }');
  const products: { id: string; variants: { id: string; sku: string }[] }[] = data.products.nodes;
  const representations = [
    ...products.map(({ id }) => ({ __typename: 'Product', id })),
    ...products.map(({ variants }) => ({ __typename: 'ProductVariant', id: variants[0]?.id })),
    { __typename: 'ProductVariant', id: 'var_01h455vb4pex5vsknk084sn02q' },
    { __typename: 'ProductVariant', sku: 'SKU5' },
  ];
  const query = `query($representations: [_Any!]!) { _entities(representations: $representations) {
    ... on Product { id name } ... on ProductVariant { id price { amount } available product { id } } } }`;
  let entities: { id: string }[] = [];
  const statements = await shop.statements(async () => {
    entities = (await shop.ask(query, { representations })).data._entities;
  });
  // Products, variants by id, variants by SKU; and the product of the last one, which is not among the fifty.
  expect(statements).toBeLessThanOrEqual(4);
  expect(entities.slice(0, 50).map((entity) => entity.id)).toEqual(products.map(({ id }) => id));
  expect(entities.slice(50, 100).map((entity) => entity.id)).toEqual(products.map(({ variants }) => variants[0]?.id));
  expect(entities[100]).toBeNull();
});

it('fails a malformed or mistaken id alone, and not its neighbours', async () => {
  const { data } = await shop.ask('{ products(first: 1) { nodes { id } } }');
  const [{ id }] = data.products.nodes;
  const representations = [
    { __typename: 'Product', id },
    { __typename: 'Product', id: 'rubbish' },
    { __typename: 'Product', id: id.replace('prod_', 'var_') },
  ];
  const query = `query($representations: [_Any!]!) { _entities(representations: $representations) { ... on Product { id } } }`;
  const answer = await shop.ask(query, { representations });
  expect(answer.data._entities).toEqual([{ id }, null, null]);
  expect(answer.errors?.map((error) => error.extensions.code)).toEqual(['INVALID_ID', 'INVALID_ID']);
});

it('fetches reviews, ledgers and shelves of many parents in one statement an edge', async () => {
  const query = `query($first: Int!) {
    products(first: $first) { nodes { reviews(first: 2) { nodes { id author { id } product { id } } }
      variants { stock { movements(first: 2) { nodes { id } } } } } }
    categories { parent { id } products(first: 2) { totalCount nodes { id } } } }`;
  const counts = [];
  for (const first of [2, 50]) counts.push(await shop.statements(() => shop.ask(query, { first }, shop.manager)));
  expect(counts[0]).toBe(counts[1]);
  expect(counts[0]).toBeLessThanOrEqual(7);
});

it('looks up variants by SKU in one statement, null in the place of an unknown one', async () => {
  const skus = ['SKU9', 'no such', 'SKU1', 'SKU9', 'a\0b'];
  let found: ({ sku: string } | null)[] = [];
  const statements = await shop.statements(async () => {
    found = (await shop.ask('query($skus: [String!]!) { variantsBySku(skus: $skus) { sku } }', { skus })).data
      .variantsBySku;
  });
  expect([found, statements]).toEqual([[{ sku: 'SKU9' }, null, { sku: 'SKU1' }, { sku: 'SKU9' }, null], 1]);
  const tooMany = { skus: Array.from({ length: 101 }, (_, index) => `SKU${index}`) };
  const { errors } = await shop.ask('query($skus: [String!]!) { variantsBySku(skus: $skus) { sku } }', tooMany);
  expect(errors?.[0]?.extensions.code).toBe('INVALID_ARGUMENT');
});

it('says what an answer was made of, and keeps the back office out of shared caches', async () => {
  const query = '{ products(first: 2) { nodes { id variants { id price { amount } } } } }';
  const { data, extensions } = await shop.ask(query, {}, shopper());
  const [product] = data.products.nodes;
  expect(extensions?.cacheTags).toEqual(
    expect.arrayContaining(['Product', `Product:${product.id}`, `ProductVariant:${product.variants[0].id}`]),
  );
});

it.each(['{ product { id } }', '{ product(id: "prod_x", slug: "x") { id } }', '{ variant { id } }'])(
  'wants one name: %s',
  async (query) => {
    expect((await shop.ask(query)).errors?.[0]?.extensions.code).toBe('INVALID_ARGUMENT');
  },
);

const nothing = {
  search: undefined,
  category: undefined,
  minPrice: undefined,
  maxPrice: undefined,
  isAvailable: undefined,
  isPublished: true,
};
const span = { limit: 25, isBackward: false, after: undefined, before: undefined };
const pounds = (minor: bigint) => ({ minor, currency: 'GBP' });
const id = '01890a5d-ac96-774b-bcce-b302099a8057';

it.each([
  ['by name', pageStatement(nothing, { field: 'NAME', direction: 'ASC' }, span)],
  [
    'by name, backwards from the middle',
    pageStatement(
      nothing,
      { field: 'NAME', direction: 'ASC' },
      { ...span, isBackward: true, before: ['product 5', id] },
    ),
  ],
  [
    'by price from the middle',
    pageStatement(nothing, { field: 'PRICE', direction: 'DESC' }, { ...span, after: ['GBP', '1000', id] }),
  ],
  ['newest first', pageStatement(nothing, { field: 'CREATED_AT', direction: 'DESC' }, span)],
  [
    'in a narrow range of prices',
    pageStatement(
      { ...nothing, minPrice: pounds(1000n), maxPrice: pounds(1010n) },
      { field: 'PRICE', direction: 'ASC' },
      span,
    ),
  ],
  ['on a shelf', pageStatement({ ...nothing, category: 'shelf-3' }, { field: 'NAME', direction: 'ASC' }, span)],
  [
    'that can be bought now',
    pageStatement({ ...nothing, isAvailable: true }, { field: 'NAME', direction: 'ASC' }, span),
  ],
  ['found by a SKU', pageStatement({ ...nothing, search: 'SKU77' }, { field: 'RELEVANCE', direction: 'DESC' }, span)],
  ['on a shelf, counted', countStatement({ ...nothing, category: 'shelf-3' })],
])('finds products %s through an index', async (_, { text, values }) => {
  const { rows } = await shop.pool.query({ text: `EXPLAIN ${text}`, values });
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  expect(plan).not.toMatch(/Seq Scan on (product|variant|stock)\b/);
  expect(plan).toMatch(/Index/);
});
