import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ProductsFixture, shopper, startProductsFixture } from './products-fixture.ts';

let shop: ProductsFixture;
beforeAll(async () => {
  shop = await startProductsFixture();
});
afterAll(() => shop.stop());

describe('createCategory', () => {
  const create = (input: object) =>
    shop.mutate('createCategory', 'CreateCategoryInput', input, 'category { id slug name parent { slug } }');

  it('adds a category below another', async () => {
    const parent = await shop.createCategory({ name: 'Top shelf' });
    const { category } = await create({ name: 'Low shelf', parentId: parent.id });
    expect(category).toMatchObject({ slug: 'low-shelf', parent: { slug: 'top-shelf' } });
  });

  it.each([
    ['INVALID_NAME', { name: '' }],
    ['INVALID_SLUG', { slug: 'X' }],
    ['UNKNOWN_CATEGORY', { parentId: 'cat_01h455vb4pex5vsknk084sn02q' }],
  ])('answers %s to %o', async (code, over) => {
    expect((await create({ name: 'Shelf', ...over })).userErrors).toMatchObject([{ code }]);
  });

  it('answers SLUG_TAKEN', async () => {
    await create({ name: 'Once', slug: 'once' });
    expect((await create({ name: 'Once', slug: 'once' })).userErrors).toMatchObject([{ code: 'SLUG_TAKEN' }]);
  });
});

describe('reviewProduct', () => {
  const review = (productId: string, input: object, as = shopper()) =>
    shop.mutate(
      'reviewProduct',
      'ReviewProductInput',
      { productId, ...input },
      'review { id rating text author { __typename id } product { averageRating reviewCount } }',
      as,
    );

  it('writes a review by its author, and a second one replaces it', async () => {
    const { id } = await shop.aProduct();
    const [ann, bob] = [shopper(), shopper()];
    await review(id, { rating: 5, text: 'Lovely' }, ann);
    const { review: second } = await review(id, { rating: 2 }, bob);
    expect(second).toMatchObject({
      author: { __typename: 'User', id: bob.id },
      product: { averageRating: 3.5, reviewCount: 2 },
    });
    const { review: replaced } = await review(id, { rating: 3 }, ann);
    expect(replaced.product).toEqual({ averageRating: 2.5, reviewCount: 2 });
  });

  it('keeps the mean right when many review at once', async () => {
    const { id } = await shop.aProduct();
    await Promise.all([1, 2, 3, 4, 5, 5, 4, 3, 2, 1].map((rating) => review(id, { rating })));
    const { data } = await shop.ask(`query($id: ID!) { product(id: $id) { averageRating reviewCount } }`, { id });
    expect(data.product).toEqual({ averageRating: 3, reviewCount: 10 });
  });

  it.each([
    ['INVALID_RATING', { rating: 0 }],
    ['INVALID_RATING', { rating: 6 }],
    ['INVALID_TEXT', { rating: 1, text: 'x'.repeat(5_001) }],
    ['NOT_FOUND', { rating: 1, productId: 'prod_01h455vb4pex5vsknk084sn02q' }],
  ])('answers %s to %o', async (code, over) => {
    const { id } = await shop.aProduct();
    expect((await review(id, { ...over })).userErrors).toMatchObject([{ code }]);
  });

  it('is for customers with a password', async () => {
    const { id } = await shop.aProduct();
    const mutation = `mutation($input: ReviewProductInput!) { reviewProduct(input: $input) { review { id } } }`;
    const input = { productId: id, rating: 1 };
    expect((await shop.ask(mutation, { input })).errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED');
    const guest = { ...shopper(), kind: 'GUEST' as const };
    expect((await shop.ask(mutation, { input }, guest)).errors?.[0]?.extensions?.code).toBe('FORBIDDEN');
    expect(await shop.count('review', `product_id = '${shop.uuid('prod', id)}'`)).toBe(0);
  });
});
