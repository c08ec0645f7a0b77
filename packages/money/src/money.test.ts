import { describe, expect, it } from 'vitest';
import { add, decimalsOf, formatAmount, isCurrency, multiply, parseMoney, subtract, sum, toApi } from './money.ts';

describe('an amount', () => {
  it.each([
    ['12.50', 'GBP', 1250n],
    ['12.5', 'GBP', 1250n],
    ['12', 'GBP', 1200n],
    ['1250', 'JPY', 1250n],
    ['1.234', 'KWD', 1234n],
    ['1.2345', 'CLF', 12345n],
    ['-0.01', 'EUR', -1n],
    ['-0', 'EUR', 0n],
    ['92233720368547758.07', 'USD', 9_223_372_036_854_775_807n],
  ])('%s %s is %s minor units', (amount, currencyCode, minor) => {
    expect(parseMoney({ amount, currencyCode })).toEqual({ ok: true, money: { minor, currency: currencyCode } });
  });

  it.each([
    ['1.005', 'GBP'],
    ['1.5', 'JPY'],
    ['1.00000', 'CLF'],
    ['1.000', 'GBP'],
    ['1e3', 'GBP'],
    ['+1', 'GBP'],
    ['.5', 'GBP'],
    ['5.', 'GBP'],
    [' 5', 'GBP'],
    ['0x10', 'GBP'],
    ['١', 'GBP'],
    ['NaN', 'GBP'],
    ['1'.repeat(100_000), 'GBP'],
    ['1.00', 'XAU'],
    ['1.00', 'toString'],
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
    [-1n, 'KWD', '-0.001'],
    [1n, 'KWD', '0.001'],
    [12n, 'CLF', '0.0012'],
    [9_223_372_036_854_775_807n, 'USD', '92233720368547758.07'],
  ])('%s minor units of %s are written %s', (minor, currency, text) => {
    expect(formatAmount({ minor, currency })).toBe(text);
  });
});

it('repeats an endless amount or code in short', () => {
  const endless = 'x'.repeat(100_000);
  for (const given of [
    { amount: endless, currencyCode: 'GBP' },
    { amount: '1', currencyCode: endless },
  ]) {
    const parsed = parseMoney(given);
    expect(parsed.ok ? '' : parsed.problem.length).toBeLessThan(200);
  }
});

describe('a currency', () => {
  // From list one of ISO 4217; JPY, KWD and CLF have what most programs forget.
  it.each([
    ['GBP', 2],
    ['JPY', 0],
    ['ISK', 0],
    ['UGX', 0],
    ['KWD', 3],
    ['TND', 3],
    ['CLF', 4],
    ['UYW', 4],
    ['MGA', 2],
    ['ZWG', 2],
    ['XCG', 2],
  ])('%s has %d decimals', (code, decimals) => {
    expect(isCurrency(code)).toBe(true);
    expect(decimalsOf(code)).toBe(decimals);
  });

  it.each(['BGN', 'HRK', 'ANG', 'DEM', 'XTS', 'XXX', 'eur', '', 'EURO', '__proto__'])('is not %j', (code) => {
    expect(isCurrency(code)).toBe(false);
    expect(() => decimalsOf(code)).toThrow(RangeError);
  });
});

describe('arithmetic', () => {
  const pounds = (minor: bigint) => ({ minor, currency: 'GBP' });

  it('is exact where floating point is not', () => {
    expect(add(pounds(10n), pounds(20n))).toEqual(pounds(30n));
    expect(multiply(pounds(333n), 3)).toEqual(pounds(999n));
  });

  it('takes whole quantities only', () => {
    expect(() => multiply(pounds(1n), 1.5)).toThrow(RangeError);
  });

  it('subtracts below zero', () => {
    expect(subtract(pounds(1n), pounds(3n))).toEqual(pounds(-2n));
  });

  it('never mixes currencies', () => {
    expect(() => subtract(pounds(1n), { minor: 1n, currency: 'EUR' })).toThrow(RangeError);
    expect(() => sum([pounds(1n)], 'EUR')).toThrow(RangeError);
    expect(() => add(pounds(1n), { minor: 1n, currency: 'EUR' })).toThrow(RangeError);
  });

  it('sums nothing to zero of the currency asked for', () => {
    expect(sum([], 'JPY')).toEqual({ minor: 0n, currency: 'JPY' });
  });
});

it('what is written is read back as the same amount', () => {
  for (const currency of ['GBP', 'JPY', 'KWD', 'CLF'])
    for (const minor of [0n, 1n, -1n, 9n, 10n, 99n, 100n, 12_345n, -9_223_372_036_854_775_807n])
      expect(parseMoney(toApi({ minor, currency }))).toEqual({ ok: true, money: { minor, currency } });
});
