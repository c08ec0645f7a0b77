import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ProductsFixture, startProductsFixture } from './products-fixture.ts';

let shop: ProductsFixture;
beforeAll(async () => {
  shop = await startProductsFixture();
});
afterAll(() => shop.stop());

const PRODUCT = `id slug name description isPublished reviewCount averageRating
  category { slug } priceRange { lowest { amount currencyCode } highest { amount currencyCode } }
  variants { id sku name available price { amount currencyCode } stock { onHand reserved available } product { id } }`;

describe('createProduct', () => {
  it('adds a product with its variants, prices and stock', async () => {
    const category = await shop.createCategory({ name: 'Tea & Coffee' });
    const { product, userErrors } = await shop.createProduct(
      {
        name: 'Enamel Mug',
        description: 'Holds tea.',
        categoryId: category.id,
        variants: [
          { sku: 'MUG-S', name: 'Small', price: { amount: '2.50', currencyCode: 'GBP' }, openingStock: 7 },
          { sku: 'MUG-L', name: 'Large', price: { amount: '4', currencyCode: 'GBP' } },
        ],
      },
      PRODUCT,
    );
    expect(userErrors).toEqual([]);
    expect(product).toMatchObject({
      slug: 'enamel-mug',
      name: 'Enamel Mug',
      description: 'Holds tea.',
      isPublished: true,
      reviewCount: 0,
      averageRating: null,
      category: { slug: 'tea-coffee' },
      priceRange: { lowest: { amount: '2.50', currencyCode: 'GBP' }, highest: { amount: '4.00', currencyCode: 'GBP' } },
      variants: [
        {
          sku: 'MUG-S',
          name: 'Small',
          available: 7,
          price: { amount: '2.50' },
          stock: { onHand: 7, reserved: 0, available: 7 },
        },
        { sku: 'MUG-L', name: 'Large', available: 0, stock: { onHand: 0, reserved: 0 } },
      ],
    });
    expect(product.variants[0].product.id).toBe(product.id);

    const bySlug = await shop.ask(`{ product(slug: "enamel-mug") { id } variant(sku: "MUG-L") { product { id } } }`);
    expect(bySlug.data).toEqual({ product: { id: product.id }, variant: { product: { id: product.id } } });
  });

  it('makes another slug when the one made of the name is taken', async () => {
    const first = await shop.aProduct({ name: 'Twin' });
    const second = await shop.aProduct({ name: 'Twin' });
    expect(first.slug).toBe('twin');
    expect(second.slug).toMatch(/^twin-[a-z0-9]{10}$/);
  });

  it('makes a slug for a name without Latin letters', async () => {
    expect((await shop.aProduct({ name: '日本' })).slug).toMatch(/^[a-z0-9]{10}$/);
  });

  it('tells everything that is wrong, and adds nothing', async () => {
    const taken = await shop.aProduct();
    const before = await shop.count('product');
    const { product, userErrors } = await shop.createProduct({
      name: 'Other',
      categoryId: 'cat_01h455vb4pex5vsknk084sn02q',
      variants: [
        { sku: 'FREE-1', price: { amount: '1', currencyCode: 'GBP' } },
        { sku: taken.variants[0].sku, price: { amount: '1', currencyCode: 'GBP' } },
      ],
    });
    expect(product).toBeNull();
    expect(userErrors.map(({ code, path }) => [code, path.join('.')])).toEqual([
      ['SKU_TAKEN', 'input.variants.1.sku'],
      ['UNKNOWN_CATEGORY', 'input.categoryId'],
    ]);
    const sameSlug = {
      name: 'Other',
      slug: taken.slug,
      variants: [{ sku: 'FREE-1', price: { amount: '1', currencyCode: 'GBP' } }],
    };
    expect((await shop.createProduct(sameSlug)).userErrors).toMatchObject([
      { code: 'SLUG_TAKEN', path: ['input', 'slug'] },
    ]);
    expect(await shop.count('product')).toBe(before);
  });

  it('finds a slug for each of several that are added at once under one name', async () => {
    const added = await Promise.all([1, 2, 3, 4].map(() => shop.aProduct({ name: 'Four at once' })));
    expect(new Set(added.map(({ slug }) => slug)).size).toBe(4);
  });

  it.each([
    ['INVALID_NAME', { name: ' ' }],
    ['INVALID_DESCRIPTION', { description: 'x'.repeat(10_001) }],
    ['INVALID_SLUG', { slug: 'No Slug' }],
    ['INVALID_VARIANTS', { variants: [] }],
    ['INVALID_SKU', { variants: [{ sku: ' ', price: { amount: '1', currencyCode: 'GBP' } }] }],
    ['INVALID_PRICE', { variants: [{ sku: 'x', price: { amount: '-1', currencyCode: 'GBP' } }] }],
    ['INVALID_PRICE', { variants: [{ sku: 'x', price: { amount: '1.5', currencyCode: 'JPY' } }] }],
    ['INVALID_QUANTITY', { variants: [{ sku: 'x', price: { amount: '1', currencyCode: 'GBP' }, openingStock: -1 }] }],
  ])('answers %s to %o', async (code, over) => {
    const variants = [{ sku: 'never', price: { amount: '1', currencyCode: 'GBP' } }];
    const { product, userErrors } = await shop.createProduct({ name: 'Never', variants, ...over });
    expect([product, userErrors.map((error) => error.code)]).toEqual([null, [code]]);
  });

  it('settles a race for one SKU: one wins, the other is told', async () => {
    const input = () => ({ name: 'Race', variants: [{ sku: 'RACE', price: { amount: '1', currencyCode: 'GBP' } }] });
    const outcomes = await Promise.all([1, 2, 3, 4].map(() => shop.createProduct(input())));
    const codes = outcomes.flatMap(({ userErrors }) => userErrors.map(({ code }) => code));
    expect(codes).toEqual(['SKU_TAKEN', 'SKU_TAKEN', 'SKU_TAKEN']);
    expect(await shop.count('variant', `sku = 'RACE'`)).toBe(1);
  });

  it('refuses a currency that does not exist before anything else', async () => {
    const variants = [{ sku: 'x', price: { amount: '1', currencyCode: 'XYZ' } }];
    const { errors } = await shop.tryCreateProduct({ name: 'x', variants });
    expect(errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT');
  });
});

describe('updateProduct', () => {
  const update = async (input: object, as = shop.manager) =>
    shop.mutate('updateProduct', 'UpdateProductInput', input, 'product { slug name isPublished category { id } }', as);

  it('changes what is given and leaves the rest', async () => {
    const category = await shop.createCategory({ name: 'Shelf A' });
    const { id, slug } = await shop.aProduct({ categoryId: category.id });
    const { product } = await update({ id, name: 'New name' });
    expect(product).toEqual({ slug, name: 'New name', isPublished: true, category: { id: category.id } });
    expect((await update({ id, categoryId: null })).product.category).toBeNull();
  });

  it('tells consumers of each variant when its name or publication changes', async () => {
    const { id, variants } = await shop.aProduct();
    await update({ id, isPublished: false });
    const [event] = await shop.events('catalogue.variant-changed.v1', variants[0].id);
    expect(event).toMatchObject({ isSold: false, version: 2, productId: id });
  });

  it('writes nothing when nothing changes', async () => {
    const { id, name } = await shop.aProduct();
    const before = await shop.count('outbox');
    await update({ id, name });
    expect(await shop.count('outbox')).toBe(before);
  });

  it.each([
    ['NOT_FOUND', { id: 'prod_01h455vb4pex5vsknk084sn02q' }],
    ['INVALID_NAME', { name: '' }],
    ['INVALID_SLUG', { slug: 'A' }],
    ['INVALID_DESCRIPTION', { description: 'x'.repeat(10_001) }],
    ['UNKNOWN_CATEGORY', { categoryId: 'cat_01h455vb4pex5vsknk084sn02q' }],
  ])('answers %s to %o', async (code, over) => {
    const { id } = await shop.aProduct();
    expect((await update({ id, ...over })).userErrors).toMatchObject([{ code }]);
  });

  it('answers SLUG_TAKEN to the slug of another', async () => {
    const [{ slug }, { id }] = [await shop.aProduct(), await shop.aProduct()];
    expect((await update({ id, slug })).userErrors).toMatchObject([{ code: 'SLUG_TAKEN' }]);
  });
});

describe('addVariant', () => {
  const add = async (productId: string, over: object = {}) => {
    const variant = { sku: shop.unique('SKU'), price: { amount: '9.99', currencyCode: 'GBP' }, ...over };
    return shop.mutate(
      'addVariant',
      'AddVariantInput',
      { productId, variant },
      'variant { id sku product { priceRange { highest { amount } } } }',
    );
  };

  it('adds it behind the others and keeps the price range', async () => {
    const { id } = await shop.aProduct();
    const { variant } = await add(id);
    expect(variant.product.priceRange.highest.amount).toBe('9.99');
    const { data } = await shop.ask(`query($id: ID!) { product(id: $id) { variants { id } } }`, { id });
    expect(data.product.variants.at(-1).id).toBe(variant.id);
  });

  it.each([
    ['INVALID_SKU', { sku: '' }],
    ['INVALID_NAME', { name: 'x'.repeat(101) }],
    ['INVALID_PRICE', { price: { amount: '1', currencyCode: 'EUR' } }],
    ['INVALID_QUANTITY', { openingStock: -1 }],
  ])('answers %s to %o', async (code, over) => {
    const { id } = await shop.aProduct();
    expect((await add(id, over)).userErrors).toMatchObject([{ code }]);
  });

  it('answers NOT_FOUND, SKU_TAKEN and TOO_MANY_VARIANTS', async () => {
    expect((await add('prod_01h455vb4pex5vsknk084sn02q')).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
    const { id, variants } = await shop.aProduct();
    expect((await add(id, { sku: variants[0].sku })).userErrors).toMatchObject([{ code: 'SKU_TAKEN' }]);
    const full = await shop.aProduct({
      variants: Array.from({ length: 100 }, () => ({
        sku: shop.unique('M'),
        price: { amount: '1', currencyCode: 'GBP' },
      })),
    });
    expect((await add(full.id)).userErrors).toMatchObject([{ code: 'TOO_MANY_VARIANTS' }]);
  });
});
