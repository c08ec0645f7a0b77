import { type GraphQLScalarType, Kind } from 'graphql';
import { describe, expect, it } from 'vitest';
import { scalars } from './scalars.ts';

const { DateTime, Decimal, CurrencyCode, CountryCode } = scalars;
const refusal = expect.objectContaining({ extensions: { code: 'BAD_USER_INPUT' } });

describe('an instant', () => {
  it.each([
    ['2026-01-31T12:00:00.000Z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31T12:00:00Z', '2026-01-31T12:00:00.000Z'],
    ['2026-01-31T12:00:00+02:00', '2026-01-31T10:00:00.000Z'],
    ['2024-02-29T23:59:59.123456Z', '2024-02-29T23:59:59.123Z'],
  ])('%s is %s', (text, instant) => {
    expect(DateTime.serialize(DateTime.parseValue(text))).toBe(instant);
  });

  it.each([
    '2026-01-31',
    '2026-01-31T12:00:00',
    '2026-02-30T00:00:00Z',
    '2026-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-01-01T23:60:00Z',
    '2026-01-01T00:00:00+99:99',
    'yesterday',
    '',
    '١٩٩٩-01-01T00:00:00Z',
  ])('is not %j', (text) => {
    expect(() => DateTime.parseValue(text)).toThrow(refusal);
  });
});

describe('what scalars take and refuse', () => {
  it.each<[GraphQLScalarType, string[], string[]]>([
    [Decimal, ['12.50', '-0.001', '0', '9223372036854775807'], ['1e3', '.5', '5.', '1,5', '', ' 1', '0x1', 'NaN']],
    [CurrencyCode, ['GBP', 'JPY', 'KWD', 'CLF'], ['gbp', 'QQQ', 'XXX', '', 'toString', 'BGN']],
    [CountryCode, ['GB', 'DE', 'AX', 'SS'], ['UK', 'gb', 'EU', 'XX', '', 'GBR', 'AN']],
  ])('%s', (scalar, good, bad) => {
    for (const text of good) expect(scalar.serialize(scalar.parseValue(text))).toBe(text);
    for (const text of bad) expect(() => scalar.parseValue(text)).toThrow(refusal);
  });

  it.each(Object.values(scalars))('%s is text, never another kind of value', (scalar) => {
    for (const value of [1, 1.5, true, null, {}, ['GB']]) expect(() => scalar.parseValue(value)).toThrow(refusal);
    expect(() => scalar.parseLiteral({ kind: Kind.FLOAT, value: '1.5' })).toThrow(refusal);
    expect(() => scalar.serialize(1.5)).toThrow(TypeError);
  });

  it('repeats little of an endless value', () => {
    const messageOf = (act: () => unknown) => {
      try {
        act();
        return '';
      } catch (error) {
        return String(error);
      }
    };
    expect(messageOf(() => Decimal.parseValue('x'.repeat(100_000))).length).toBeLessThan(200);
    const endless = { kind: Kind.INT, value: '1'.repeat(100_000) } as const;
    expect(messageOf(() => Decimal.parseLiteral(endless)).length).toBeLessThan(200);
  });
});
