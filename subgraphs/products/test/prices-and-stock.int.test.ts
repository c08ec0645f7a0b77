import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ProductsFixture, startProductsFixture } from './products-fixture.ts';

let shop: ProductsFixture;
beforeAll(async () => {
  shop = await startProductsFixture();
});
afterAll(() => shop.stop());

describe('setPrice', () => {
  const setPrice = (variantId: string, amount: string, currencyCode = 'GBP') =>
    shop.mutate(
      'setPrice',
      'SetPriceInput',
      { variantId, price: { amount, currencyCode } },
      'variant { price { amount } product { priceRange { lowest { amount } } } }',
    );

  it('sets the price, keeps the range and tells consumers', async () => {
    const { variants } = await shop.aProduct();
    const { variant } = await setPrice(variants[0].id, '0.99');
    expect(variant).toEqual({ price: { amount: '0.99' }, product: { priceRange: { lowest: { amount: '0.99' } } } });
    const [event] = await shop.events('catalogue.variant-changed.v1', variants[0].id);
    expect(event).toMatchObject({ priceMinor: '99', currencyCode: 'GBP', version: 2 });
  });

  it('changes nothing when the price is the same', async () => {
    const { variants } = await shop.aProduct();
    const before = await shop.count('outbox');
    await setPrice(variants[0].id, '2.5');
    expect(await shop.count('outbox')).toBe(before);
  });

  it('gives every change a version of its own, also when many happen at once', async () => {
    const { variants } = await shop.aProduct();
    await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((pounds) => setPrice(variants[0].id, `${pounds}.00`)));
    const versions = (await shop.events('catalogue.variant-changed.v1', variants[0].id)).map(({ version }) => version);
    expect(versions.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('answers INVALID_PRICE and NOT_FOUND', async () => {
    const { id, variants } = await shop.aProduct();
    expect((await setPrice(variants[0].id, '-1')).userErrors).toMatchObject([{ code: 'INVALID_PRICE' }]);
    expect((await setPrice(variants[0].id, '1', 'EUR')).userErrors).toEqual([]);
    const second = { sku: shop.unique('SKU'), price: { amount: '2', currencyCode: 'EUR' } };
    await shop.mutate('addVariant', 'AddVariantInput', { productId: id, variant: second }, 'variant { id }');
    expect((await setPrice(variants[0].id, '1', 'GBP')).userErrors).toMatchObject([{ code: 'INVALID_PRICE' }]);
    expect((await setPrice('var_01h455vb4pex5vsknk084sn02q', '1')).userErrors).toMatchObject([{ code: 'NOT_FOUND' }]);
  });
});

describe('adjustStock', () => {
  const adjust = (variantId: string, input: object) =>
    shop.mutate(
      'adjustStock',
      'AdjustStockInput',
      { variantId, ...input },
      'variant { available stock { onHand movements { nodes { kind onHandChange note orderId } } } }',
    );

  it('books into the level and the ledger, and tells consumers', async () => {
    const { id, variants } = await shop.aProduct();
    const { variant } = await adjust(variants[0].id, { change: 5, note: 'delivery 7', expectedOnHand: 10 });
    expect(variant.stock.movements.nodes).toEqual([
      { kind: 'RECEIPT', onHandChange: 5, note: 'delivery 7', orderId: null },
      { kind: 'RECEIPT', onHandChange: 10, note: null, orderId: null },
    ]);
    const [event] = await shop.events('stock.level-changed.v1', variants[0].id);
    expect(event).toMatchObject({ productId: id, available: 15, version: 2 });
  });

  it.each([
    ['INVALID_QUANTITY', { change: 0 }],
    ['INVALID_QUANTITY', { change: -1 }],
    ['INVALID_QUANTITY', { change: -11, isCorrection: true }],
    ['INVALID_NOTE', { change: 1, note: 'x'.repeat(201) }],
    ['STOCK_CHANGED', { change: 1, expectedOnHand: 9 }],
    ['NOT_FOUND', { change: 1, variantId: 'var_01h455vb4pex5vsknk084sn02q' }],
  ])('answers %s to %o', async (code, over) => {
    const { variants } = await shop.aProduct();
    expect((await adjust(variants[0].id, over)).userErrors).toMatchObject([{ code }]);
  });

  it('lets one of two counts win that saw the same level', async () => {
    const { variants } = await shop.aProduct();
    const counts = [1, 2, 3, 4, 5, 6].map(() =>
      adjust(variants[0].id, { change: -1, isCorrection: true, expectedOnHand: 10 }),
    );
    const codes = (await Promise.all(counts)).flatMap(({ userErrors }) => userErrors.map(({ code }) => code));
    expect(codes).toEqual(Array.from({ length: 5 }, () => 'STOCK_CHANGED'));
  });
});
