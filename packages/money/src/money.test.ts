import { describe, expect, it } from 'vitest';
import { add, formatAmount, multiply, parseMoney, sum } from './money.ts';

describe('an amount', () => {
  it.each([
    ['12.50', 'GBP', 1250n],
    ['12.5', 'GBP', 1250n],
    ['12', 'GBP', 1200n],
    ['1250', 'JPY', 1250n],
    ['1.234', 'KWD', 1234n],
    ['-0.01', 'EUR', -1n],
    ['92233720368547758.07', 'USD', 9_223_372_036_854_775_807n],
  ])('%s %s is %s minor units', (amount, currencyCode, minor) => {
    expect(parseMoney({ amount, currencyCode })).toEqual({ ok: true, money: { minor, currency: currencyCode } });
  });

  it.each([
    ['1.005', 'GBP'],
    ['1.5', 'JPY'],
    ['1e3', 'GBP'],
    ['', 'GBP'],
    ['1,50', 'EUR'],
    ['92233720368547758.08', 'USD'],
    ['1.00', 'QQQ'],
    ['1.00', 'gbp'],
  ])('%s %s is refused', (amount, currencyCode) => {
    expect(parseMoney({ amount, currencyCode }).ok).toBe(false);
  });

  it.each([
    [1250n, 'GBP', '12.50'],
    [5n, 'GBP', '0.05'],
    [-5n, 'GBP', '-0.05'],
    [0n, 'JPY', '0'],
    [1n, 'KWD', '0.001'],
  ])('%s minor units of %s are written %s', (minor, currency, text) => {
    expect(formatAmount({ minor, currency })).toBe(text);
  });
});

describe('arithmetic', () => {
  const pounds = (minor: bigint) => ({ minor, currency: 'GBP' });

  it('is exact where floating point is not', () => {
    expect(add(pounds(10n), pounds(20n))).toEqual(pounds(30n));
    expect(multiply(pounds(333n), 3)).toEqual(pounds(999n));
  });

  it('never mixes currencies', () => {
    expect(() => add(pounds(1n), { minor: 1n, currency: 'EUR' })).toThrow(RangeError);
  });

  it('sums nothing to zero of the currency asked for', () => {
    expect(sum([], 'JPY')).toEqual({ minor: 0n, currency: 'JPY' });
  });
});
