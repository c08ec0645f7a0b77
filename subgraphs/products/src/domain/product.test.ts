import { describe, expect, it } from 'vitest';
import { averageRating, changeProduct, draftProduct, type Product, type ProductDraft } from './product.ts';
import type { VariantDraft } from './variant.ts';

const aVariant = (over: Partial<VariantDraft> = {}): VariantDraft => ({
  sku: 'MUG-1',
  name: '',
  price: { amount: '2.50', currencyCode: 'GBP' },
  openingStock: 3,
  ...over,
});
const aDraft = (over: Partial<ProductDraft> = {}): ProductDraft => ({
  name: ' Mug ',
  slug: undefined,
  description: '',
  categoryId: undefined,
  isPublished: true,
  variants: [aVariant()],
  ...over,
});
const problems = (codes: readonly string[]) =>
  expect.objectContaining({ problems: codes.map((code) => expect.objectContaining({ code })) });

describe('draftProduct', () => {
  it('trims the texts and reads the prices', () => {
    const variants = [{ sku: 'MUG-1', name: '', price: { minor: 250n, currency: 'GBP' }, openingStock: 3 }];
    expect(draftProduct(aDraft())).toMatchObject({ name: 'Mug', variants });
  });

  it.each<[string[], Partial<ProductDraft>]>([
    [['INVALID_NAME'], { name: '  ' }],
    [['INVALID_NAME'], { name: 'x'.repeat(201) }],
    [['INVALID_NAME'], { name: 'a\0b' }],
    [['INVALID_SLUG'], { slug: 'Mug' }],
    [['INVALID_SLUG'], { slug: '' }],
    [['INVALID_DESCRIPTION'], { description: 'x'.repeat(10_001) }],
    [['INVALID_VARIANTS'], { variants: [] }],
    [['INVALID_SKU'], { variants: [aVariant({ sku: '' })] }],
    [['INVALID_SKU'], { variants: [aVariant({ sku: 'x'.repeat(65) })] }],
    [['INVALID_SKU'], { variants: [aVariant(), aVariant()] }],
    [['INVALID_NAME'], { variants: [aVariant({ name: 'x'.repeat(101) })] }],
    [['INVALID_PRICE'], { variants: [aVariant({ price: { amount: '-1', currencyCode: 'GBP' } })] }],
    [['INVALID_PRICE'], { variants: [aVariant({ price: { amount: '1.234', currencyCode: 'GBP' } })] }],
    [['INVALID_PRICE'], { variants: [aVariant({ price: { amount: '10000000000', currencyCode: 'GBP' } })] }],
    [
      ['INVALID_PRICE'],
      { variants: [aVariant(), aVariant({ sku: 'b', price: { amount: '1', currencyCode: 'EUR' } })] },
    ],
    [['INVALID_QUANTITY'], { variants: [aVariant({ openingStock: -1 })] }],
    [['INVALID_QUANTITY'], { variants: [aVariant({ openingStock: 1_000_000_001 })] }],
    [['INVALID_NAME', 'INVALID_SLUG', 'INVALID_SKU'], { name: '', slug: '!', variants: [aVariant({ sku: ' ' })] }],
  ])('tells %o', (codes, over) => {
    expect(() => draftProduct(aDraft(over))).toThrow(problems(codes));
  });

  it('counts characters as people do', () => {
    expect(draftProduct(aDraft({ name: '🎁'.repeat(200) })).name).toHaveLength(400);
  });

  it('leads to the field at fault', () => {
    const draft = aDraft({
      variants: [aVariant(), aVariant({ sku: 'b', price: { amount: 'x', currencyCode: 'GBP' } })],
    });
    expect(() => draftProduct(draft)).toThrow(
      expect.objectContaining({
        problems: [expect.objectContaining({ path: ['input', 'variants', '1', 'price', 'amount'] })],
      }),
    );
  });
});

describe('changeProduct', () => {
  const at = new Date('2026-01-01T00:00:00Z');
  const product: Product = {
    id: 'p1',
    slug: 'mug',
    name: 'Mug',
    description: '',
    categoryId: 'c1',
    isPublished: true,
    currencyCode: 'GBP',
    lowestPriceMinor: 1n,
    highestPriceMinor: 1n,
    ratingSum: 0,
    reviewCount: 0,
    createdAt: at,
    updatedAt: at,
  };
  const nothing = {
    name: undefined,
    slug: undefined,
    description: undefined,
    categoryId: undefined,
    isPublished: undefined,
  };

  it('leaves what is left out', () => {
    expect(changeProduct(product, nothing)).toEqual({ product, changes: { any: false, variants: false } });
  });

  it('takes a product out of its category by null', () => {
    const { product: changed, changes } = changeProduct(product, { ...nothing, categoryId: null });
    expect(changed.categoryId).toBeUndefined();
    expect(changes).toEqual({ any: true, variants: false });
  });

  it.each([{ name: 'Cup' }, { slug: 'cup' }, { isPublished: false }])('tells each variant of %o', (change) => {
    expect(changeProduct(product, { ...nothing, ...change }).changes).toEqual({ any: true, variants: true });
  });
});

it.each([
  [0, 0, undefined],
  [5, 1, 5],
  [14, 3, 4.67],
])('the mean of a sum of %i over %i ratings is %s', (ratingSum, reviewCount, mean) => {
  expect(averageRating({ ratingSum, reviewCount })).toBe(mean);
});
