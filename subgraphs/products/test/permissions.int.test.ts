import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ProductsFixture, shopper, startProductsFixture } from './products-fixture.ts';

let shop: ProductsFixture;
beforeAll(async () => {
  shop = await startProductsFixture();
});
afterAll(() => shop.stop());

describe('permissions', () => {
  it.each([
    [
      'createProduct',
      'CreateProductInput',
      { name: 'x', variants: [{ sku: 'x', price: { amount: '1', currencyCode: 'GBP' } }] },
      'product { id }',
    ],
    ['updateProduct', 'UpdateProductInput', { id: 'prod_01h455vb4pex5vsknk084sn02q' }, 'product { id }'],
    [
      'addVariant',
      'AddVariantInput',
      {
        productId: 'prod_01h455vb4pex5vsknk084sn02q',
        variant: { sku: 'x', price: { amount: '1', currencyCode: 'GBP' } },
      },
      'variant { id }',
    ],
    [
      'setPrice',
      'SetPriceInput',
      { variantId: 'var_01h455vb4pex5vsknk084sn02q', price: { amount: '1', currencyCode: 'GBP' } },
      'variant { id }',
    ],
    ['adjustStock', 'AdjustStockInput', { variantId: 'var_01h455vb4pex5vsknk084sn02q', change: 1 }, 'variant { id }'],
    ['createCategory', 'CreateCategoryInput', { name: 'x' }, 'category { id }'],
  ])('%s is for catalogue managers', async (name, type, input, selection) => {
    const mutation = `mutation($input: ${type}!) { ${name}(input: $input) { ${selection} } }`;
    for (const [as, code] of [
      [undefined, 'UNAUTHENTICATED'],
      [shopper(), 'FORBIDDEN'],
      [{ ...shopper(), roles: ['ORDER_MANAGER' as const] }, 'FORBIDDEN'],
    ] as const) {
      const { data, errors } = await shop.ask(mutation, { input }, as);
      expect([data ?? null, errors?.[0]?.extensions?.code]).toEqual([null, code]);
    }
  });

  it('hides unpublished products from shoppers, by every door', async () => {
    const { id, slug, variants } = await shop.aProduct({ isPublished: false, name: 'Secret plan' });
    const variant = variants[0];
    const query = `query($id: ID!, $slug: String!, $variantId: ID!, $sku: String!, $representations: [_Any!]!) {
      byId: product(id: $id) { id } bySlug: product(slug: $slug) { id }
      variant(id: $variantId) { id } bySku: variant(sku: $sku) { id } variantsBySku(skus: [$sku]) { id }
      products(first: 10, where: { search: "secret plan" }) { nodes { id } totalCount }
      _entities(representations: $representations) { __typename } }`;
    const representations = [
      { __typename: 'Product', id },
      { __typename: 'ProductVariant', id: variant.id },
      { __typename: 'ProductVariant', sku: variant.sku },
    ];
    const variables = { id, slug, variantId: variant.id, sku: variant.sku, representations };
    const { data } = await shop.ask(query, variables, shopper());
    expect(data).toEqual({
      byId: null,
      bySlug: null,
      variant: null,
      bySku: null,
      variantsBySku: [null],
      products: { nodes: [], totalCount: 0 },
      _entities: [null, null, null],
    });
    const managed = await shop.ask(query, variables, shop.manager);
    expect(managed.data).toMatchObject({ byId: { id }, bySku: { id: variant.id }, products: { totalCount: 1 } });
  });

  it('shows the level behind what is available to the back office only', async () => {
    const { variants } = await shop.aProduct();
    const query = `query($id: ID!) { variant(id: $id) { available stock { onHand } } }`;
    const { data } = await shop.ask(query, { id: variants[0].id }, shopper());
    expect(data.variant).toEqual({ available: 10, stock: null });
  });
});
