import { describe, expect, it } from 'vitest';
import { classify, readRetailLine } from './retail-lines.ts';

const record = (over: Partial<Record<'invoice' | 'code' | 'quantity' | 'price' | 'at', string>> = {}) => {
  const { invoice = '536365', code = '85123A', quantity = '6', price = '2.55', at = '2010-12-01T08:26:00Z' } = over;
  return `${invoice},${code},WHITE HANGING HEART,${quantity},${at},${price},17850,United Kingdom`;
};
const kindOf = (over: Parameters<typeof record>[0]) => {
  const classified = classify(readRetailLine(record(over), 2));
  return classified.kind === 'SKIPPED' ? classified.reason : classified.kind;
};

describe('classify', () => {
  it('reads a sale with its price in pence', () => {
    const goods = { sku: '85123A', quantity: 6, unitPriceMinor: 255n };
    expect(classify(readRetailLine(record(), 2))).toEqual({ kind: 'SALE', goods });
  });

  it('reads a cancellation with a positive quantity', () => {
    const goods = { sku: '85123A', quantity: 6, unitPriceMinor: 200n };
    const line = readRetailLine(record({ invoice: 'C536365', quantity: '-6', price: '2' }), 2);
    expect(classify(line)).toEqual({ kind: 'CANCELLATION', goods });
  });

  it('takes a code in either case for the same goods', () => {
    expect(classify(readRetailLine(record({ code: '85123a' }), 2))).toMatchObject({ goods: { sku: '85123A' } });
  });

  it.each([
    [{ code: 'POST' }, 'POSTAGE'],
    [{ code: 'DOT' }, 'POSTAGE'],
    [{ code: 'm' }, 'MANUAL_ENTRY'],
    [{ code: 'D', invoice: 'C1', quantity: '-1' }, 'DISCOUNT'],
    [{ code: 'BANK CHARGES' }, 'BANK_CHARGES'],
    [{ code: 'AMAZONFEE' }, 'MARKETPLACE_FEE'],
    [{ code: 'gift_0001_20' }, 'GIFT_VOUCHER'],
    [{ code: 'B', invoice: 'A563186', price: '-11062.06' }, 'ACCOUNT_ADJUSTMENT'],
    [{ price: '-1' }, 'NEGATIVE_PRICE'],
    [{ price: '0.001' }, 'FRACTION_OF_A_PENNY'],
    [{ price: '2.5500' }, 'SALE'],
    [{ price: '0' }, 'ZERO_PRICE'],
    [{ price: '0.00' }, 'ZERO_PRICE'],
    [{ price: '0', quantity: '-10' }, 'STOCK_CORRECTION'],
    [{ quantity: '0' }, 'UNEXPECTED_QUANTITY'],
    [{ invoice: 'C1', quantity: '1' }, 'UNEXPECTED_QUANTITY'],
    [{ quantity: 'six' }, 'MALFORMED'],
    [{ quantity: '1.5' }, 'MALFORMED'],
    [{ price: '1e3' }, 'MALFORMED'],
    [{ at: 'yesterday' }, 'MALFORMED'],
    [{ invoice: '' }, 'MALFORMED'],
  ])('%o is %s', (over, kind) => {
    expect(kindOf(over)).toBe(kind);
  });

  it('skips a record of too few columns, and says what is wrong with it', () => {
    const line = readRetailLine('536365,85123A', 7);
    expect(classify(line)).toEqual({ kind: 'SKIPPED', reason: 'MALFORMED' });
    expect(line).toMatchObject({ number: 7, problem: '2 columns instead of 8' });
  });
});

it('reads quotes, commas within them, and white space as CSV does', () => {
  const line = readRetailLine('1,2,"A  ""B"", C ",1,2010-12-01T08:26:00Z,0.5,,EIRE\r', 2);
  expect(line).toMatchObject({ description: 'A "B", C', customerId: undefined, country: 'EIRE', problem: undefined });
});
