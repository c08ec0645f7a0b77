import { describe, expect, it } from 'vitest';
import { productList } from './product-list.ts';

const code = (code: string) => expect.objectContaining({ code });

describe('productList', () => {
  it('shows shoppers published products by name', () => {
    const { filter, sort } = productList({}, undefined, false);
    expect([filter.isPublished, sort]).toEqual([true, { field: 'NAME', direction: 'ASC' }]);
  });

  it('shows the back office everything', () => {
    expect(productList({}, undefined, true).filter.isPublished).toBeUndefined();
    expect(productList({ isPublished: false }, undefined, true).filter.isPublished).toBe(false);
  });

  it.each([undefined, { field: 'RELEVANCE', direction: 'ASC' } as const])(
    'sorts a search the best first (%o)',
    (sort) => {
      expect(productList({ search: ' mug ' }, sort, false)).toMatchObject({
        filter: { search: 'mug' },
        sort: { field: 'RELEVANCE', direction: 'DESC' },
      });
    },
  );

  it.each([
    ['FORBIDDEN', { isPublished: false }, undefined],
    ['INVALID_ARGUMENT', {}, { field: 'RELEVANCE', direction: 'DESC' } as const],
    ['INVALID_ARGUMENT', { search: 'x'.repeat(201) }, undefined],
    ['INVALID_ARGUMENT', { minPrice: { amount: '1.234', currencyCode: 'GBP' } }, undefined],
    [
      'INVALID_ARGUMENT',
      { minPrice: { amount: '1', currencyCode: 'GBP' }, maxPrice: { amount: '2', currencyCode: 'EUR' } },
      undefined,
    ],
  ])('answers %s to %o sorted by %o', (expected, where, sort) => {
    expect(() => productList(where, sort, false)).toThrow(code(expected));
  });
});
