import { describe, expect, it } from 'vitest';
import { aCart, aVariant } from '../../test/examples.ts';
import { addLines, setLine, totalOf } from './cart.ts';

const mug = aVariant();
const tea = aVariant({ sku: 'TEA', priceMinor: 33n });
const euro = aVariant({ sku: 'EURO', currencyCode: 'EUR' });
const variants = new Map([mug, tea, euro].map((variant) => [variant.sku, variant]));
const code = (expected: string) => expect.objectContaining({ code: expected });

describe('a cart', () => {
  it('adds up a SKU, whether it comes twice or was there, and keeps the order in which things came', () => {
    const first = addLines(
      aCart(),
      [
        { sku: 'MUG', quantity: 1 },
        { sku: 'TEA', quantity: 1 },
        { sku: 'MUG', quantity: 2 },
      ],
      variants,
    );
    const { lines, currencyCode } = addLines(first, [{ sku: 'TEA', quantity: 9 }], variants);
    expect(lines.map(({ sku, quantity, position }) => [sku, quantity, position])).toEqual([
      ['MUG', 3, 0],
      ['TEA', 10, 1],
    ]);
    expect(currencyCode).toBe('GBP');
    expect(lines[0]).toBe(first.lines[0]);
  });

  it('is in one currency, that of its first line', () => {
    const cart = addLines(aCart(), [{ sku: 'MUG', quantity: 1 }], variants);
    expect(() => addLines(cart, [{ sku: 'EURO', quantity: 1 }], variants)).toThrow(code('CURRENCY_MISMATCH'));
    const empty = setLine(cart, { sku: 'MUG', quantity: 0 }, variants);
    expect(setLine(empty, { sku: 'EURO', quantity: 1 }, variants).currencyCode).toBe('EUR');
  });

  it('holds up to 10,000 of a SKU', () => {
    const cart = addLines(aCart(), [{ sku: 'MUG', quantity: 10_000 }], variants);
    expect(() => addLines(cart, [{ sku: 'MUG', quantity: 1 }], variants)).toThrow(code('INVALID_QUANTITY'));
  });

  it('takes 1,200 entries at a time, and no total that could not be kept', () => {
    const many = Array.from({ length: 1_201 }, () => ({ sku: 'MUG', quantity: 1 }));
    expect(() => addLines(aCart(), many, variants)).toThrow(code('TOO_MANY_LINES'));
    expect(addLines(aCart(), many.slice(1), variants).lines).toMatchObject([{ quantity: 1_200 }]);
    const dear = new Map([['MUG', aVariant({ priceMinor: 9_223_372_036_854_775_807n })]]);
    expect(() => addLines(aCart(), [{ sku: 'MUG', quantity: 2 }], dear)).toThrow(code('INVALID_QUANTITY'));
    const one = addLines(aCart(), [{ sku: 'MUG', quantity: 1 }], dear);
    expect(() => setLine(one, { sku: 'MUG', quantity: 2 }, dear)).toThrow(code('INVALID_QUANTITY'));
  });

  it('costs the sum of what is sold, beyond what a float could hold', () => {
    const dear = aVariant({ sku: 'DEAR', priceMinor: 9_007_199_254_740_993n });
    const cart = addLines(
      aCart(),
      [
        { sku: 'DEAR', quantity: 3 },
        { sku: 'TEA', quantity: 1 },
      ],
      new Map([
        ['DEAR', dear],
        ['TEA', tea],
      ]),
    );
    expect(totalOf(cart)).toBe(27_021_597_764_223_012n);
    expect(totalOf({ ...cart, lines: cart.lines.map((line) => ({ ...line, variant: undefined })) })).toBe(0n);
    expect(totalOf(aCart())).toBeNull();
  });
});
