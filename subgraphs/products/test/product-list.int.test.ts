import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ProductsFixture, startProductsFixture } from './products-fixture.ts';

let shop: ProductsFixture;
const names = [
  'apple',
  'Apple',
  'Äpfel',
  'Zebra',
  'banana',
  'Banana bread',
  'émile',
  'zoo',
  '10 cups',
  '9 cups',
  'ZZ',
  'aa',
];
const amounts = ['1', '2', '2', '2', '3', '0', '9.99', '10', '100', '2', '5', '7'];

beforeAll(async () => {
  shop = await startProductsFixture();
  const fruit = await shop.createCategory({ name: 'Fruit' });
  const sweet = await shop.createCategory({ name: 'Sweet fruit', parentId: fruit.id });
  for (const [index, name] of names.entries()) {
    const variant = {
      sku: `LIST-${index}`,
      price: { amount: amounts[index], currencyCode: 'GBP' },
      openingStock: index % 3 === 0 ? 0 : 4,
    };
    const categoryId = [fruit.id, sweet.id, undefined][index % 3];
    await shop.aProduct({ name, slug: `list-${index}`, description: 'One of a kind', categoryId, variants: [variant] });
  }
});
afterAll(() => shop.stop());

const LIST = `query($first: Int, $after: String, $last: Int, $before: String, $where: ProductFilter, $orderBy: ProductOrder) {
  products(first: $first, after: $after, last: $last, before: $before, where: $where, orderBy: $orderBy) {
    edges { cursor node { name } } nodes { name priceRange { lowest { amount } } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;

type Variables = Record<string, unknown>;

async function page(variables: Variables) {
  const { data, errors } = await shop.ask(LIST, variables);
  if (errors) throw new Error(JSON.stringify(errors));
  return data.products;
}

/** Walks the whole list in pages, from one end to the other. */
async function walk(variables: Variables, size: number, way: 'forwards' | 'backwards'): Promise<string[]> {
  const found: string[] = [];
  let cursor: string | null = null;
  for (;;) {
    const span = way === 'forwards' ? { first: size, after: cursor } : { last: size, before: cursor };
    const { nodes, pageInfo } = await page({ ...variables, ...span });
    const here = nodes.map((node: { name: string }) => node.name);
    if (way === 'forwards') found.push(...here);
    else found.unshift(...here);
    if (!(way === 'forwards' ? pageInfo.hasNextPage : pageInfo.hasPreviousPage)) return found;
    cursor = way === 'forwards' ? pageInfo.endCursor : pageInfo.startCursor;
  }
}

describe('a list of products', () => {
  const byCodePoint = names.toSorted((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));

  it('is sorted by the code points of the lower-case name', async () => {
    const found = await walk({}, 100, 'forwards');
    expect(found.map((name) => name.toLowerCase())).toEqual(byCodePoint.map((name) => name.toLowerCase()));
  });

  it.each(['NAME', 'PRICE', 'CREATED_AT'])(
    'gives every product once in pages of any size, both ways (%s)',
    async (field) => {
      for (const direction of ['ASC', 'DESC']) {
        const orderBy = { field, direction };
        const all = await walk({ orderBy }, 100, 'forwards');
        expect(new Set(all)).toEqual(new Set(names));
        for (const size of [1, 2, 5, 12]) {
          expect(await walk({ orderBy }, size, 'forwards')).toEqual(all);
          expect(await walk({ orderBy }, size, 'backwards')).toEqual(all);
        }
      }
    },
  );

  it('sorts by the lowest price', async () => {
    const { nodes } = await page({ first: 3, orderBy: { field: 'PRICE', direction: 'DESC' } });
    expect(nodes.map((node: { priceRange: { lowest: { amount: string } } }) => node.priceRange.lowest.amount)).toEqual([
      '100.00',
      '10.00',
      '9.99',
    ]);
  });

  it('pages through a search, the best match first', async () => {
    await shop.aProduct({ name: 'Kind kind thing', description: 'kind' });
    const where = { search: 'kind' };
    const all = await walk({ where }, 100, 'forwards');
    expect(all).toHaveLength(13);
    expect(all[0]).toBe('Kind kind thing');
    for (const size of [1, 4]) {
      expect(await walk({ where }, size, 'forwards')).toEqual(all);
      expect(await walk({ where }, size, 'backwards')).toEqual(all);
    }
  });

  it('keeps its place when products are added meanwhile', async () => {
    const first = await page({ first: 3 });
    await shop.aProduct({ name: '0 at the very start' });
    const second = await page({ first: 3, after: first.pageInfo.endCursor });
    const seen = [...first.nodes, ...second.nodes].map((node: { name: string }) => node.name.toLowerCase());
    expect(seen).toEqual(byCodePoint.slice(0, 6).map((name) => name.toLowerCase()));
  });

  it.each([
    [{ category: 'sweet-fruit' }, 4],
    [{ category: 'fruit' }, 8],
    [{ category: 'no-such-shelf' }, 0],
    [{ minPrice: { amount: '9.99', currencyCode: 'GBP' }, category: 'fruit' }, 2],
    [{ maxPrice: { amount: '2', currencyCode: 'GBP' }, category: 'fruit' }, 4],
    [{ minPrice: { amount: '1', currencyCode: 'EUR' } }, 0],
    [{ isAvailable: true, category: 'fruit' }, 4],
    [{ isAvailable: false, category: 'fruit' }, 4],
    [{ search: 'LIST-3' }, 1],
    [{ search: '"banana bread"' }, 1],
    [{ search: 'banana -bread' }, 1],
    [{ search: 'cups' }, 2],
    [{ search: `'); DROP TABLE product; --` }, 0],
    [{ search: 'the' }, 0],
  ])('%o are %i', async (where, count) => {
    const { data } = await shop.ask(
      `query($where: ProductFilter) { products(first: 50, where: $where) { totalCount nodes { id } } }`,
      { where },
    );
    expect([data.products.totalCount, data.products.nodes.length]).toEqual([count, count]);
  });

  it('counts only when it is asked to', async () => {
    await page({ first: 1 });
    const plain = await shop.statements(() => page({ first: 24 }));
    const counted = await shop.statements(() => shop.ask('{ products(first: 24) { totalCount } }'));
    expect([plain, counted]).toEqual([1, 2]);
  });
});

describe('a bad request for a page', () => {
  const other = async (variables: Variables) => (await page({ first: 1, ...variables })).pageInfo.endCursor;

  it.each([
    ['INVALID_ARGUMENT', {}],
    ['INVALID_ARGUMENT', { first: 0 }],
    ['INVALID_ARGUMENT', { first: 101 }],
    ['INVALID_ARGUMENT', { first: 1, last: 1 }],
    ['INVALID_ARGUMENT', { first: 1, orderBy: { field: 'RELEVANCE' } }],
    ['INVALID_ARGUMENT', { first: 1, where: { search: 'x'.repeat(201) } }],
    ['INVALID_ARGUMENT', { first: 1, where: { search: 'x\0' } }],
    ['INVALID_CURSOR', { first: 1, after: 'rubbish' }],
    ['INVALID_CURSOR', { first: 1, after: Buffer.from('["products",1]').toString('base64url') }],
    ['FORBIDDEN', { first: 1, where: { isPublished: false } }],
  ])('is answered %s: %o', async (code, variables) => {
    const { data, errors } = await shop.ask(LIST, variables);
    expect([data, errors?.[0]?.extensions.code]).toEqual([null, code]);
  });

  it('has a cursor of another list', async () => {
    const cursors = [
      await other({ orderBy: { field: 'PRICE', direction: 'ASC' } }),
      await other({ orderBy: { field: 'NAME', direction: 'DESC' } }),
      await other({ where: { category: 'fruit' } }),
    ];
    for (const after of cursors) {
      const { errors } = await shop.ask(LIST, { first: 1, after });
      expect(errors?.[0]?.extensions.code).toBe('INVALID_CURSOR');
    }
  });

  it('has a forged cursor, whose values no database should see', async () => {
    const good = await other({});
    const [list] = JSON.parse(Buffer.from(good, 'base64url').toString());
    for (const values of [
      [],
      ['a'],
      ['a', 'b'],
      ['a', 5],
      ['a\0', '01890a5d-ac96-774b-bcce-b302099a8057'],
      [1, 2, 3],
    ]) {
      const after = Buffer.from(JSON.stringify([list, ...values])).toString('base64url');
      const { errors } = await shop.ask(LIST, { first: 1, after });
      expect(errors?.[0]?.extensions.code).toBe('INVALID_CURSOR');
    }
  });
});

describe('an edge', () => {
  it('pages through the reviews, the ledger and the products of a category', async () => {
    const { id, variants } = await shop.aProduct();
    for (const rating of [1, 2, 3]) {
      await shop.mutate('reviewProduct', 'ReviewProductInput', { productId: id, rating }, 'review { id }', {
        id: `usr_01h455vb4pex5vsknk084sn0${rating}q`,
        kind: 'CUSTOMER',
        roles: [],
      });
      await shop.mutate(
        'adjustStock',
        'AdjustStockInput',
        { variantId: variants[0].id, change: rating },
        'variant { id }',
      );
    }
    const query = `query($id: ID!, $reviews: String, $movements: String, $products: String) {
      product(id: $id) {
        reviews(first: 2, after: $reviews) { nodes { rating } pageInfo { hasNextPage endCursor } }
        variants { stock { movements(first: 3, after: $movements) { nodes { onHandChange } pageInfo { hasNextPage endCursor } } } } }
      category(slug: "fruit") { products(first: 5, after: $products) { nodes { name } totalCount pageInfo { hasNextPage endCursor } } } }`;
    const { data: first } = await shop.ask(query, { id }, shop.manager);
    const ledger = first.product.variants[0].stock.movements;
    expect(first.product.reviews.nodes).toEqual([{ rating: 3 }, { rating: 2 }]);
    expect(ledger.nodes).toEqual([{ onHandChange: 3 }, { onHandChange: 2 }, { onHandChange: 1 }]);
    expect(first.category.products).toMatchObject({ totalCount: 8, pageInfo: { hasNextPage: true } });

    const cursors = {
      reviews: first.product.reviews.pageInfo.endCursor,
      movements: ledger.pageInfo.endCursor,
      products: first.category.products.pageInfo.endCursor,
    };
    const { data: second } = await shop.ask(query, { id, ...cursors }, shop.manager);
    expect(second.product.reviews).toMatchObject({ nodes: [{ rating: 1 }], pageInfo: { hasNextPage: false } });
    expect(second.product.variants[0].stock.movements.nodes).toEqual([{ onHandChange: 10 }]);
    const shelf = [...first.category.products.nodes, ...second.category.products.nodes].map(({ name }) => name);
    expect(new Set(shelf).size).toBe(8);
  });
});
