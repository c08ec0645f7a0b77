import { describe, expect, it } from 'vitest';
import { buildCatalogue, openingStock } from './catalogue.ts';
import { groupInvoices } from './invoices.ts';
import { readRetailFile } from './retail-file.ts';

describe('the bundled file', () => {
  it('is accounted for line by line', () => {
    const { invoices, linesRead, skipped, withoutGoods } = groupInvoices(readRetailFile());
    const linesOf = (kind: string) =>
      invoices.filter((invoice) => invoice.kind === kind).reduce((sum, invoice) => sum + invoice.lines.length, 0);

    expect(linesRead).toBe(370_931);
    expect(linesOf('SALE')).toBe(360_567);
    expect(linesOf('CANCELLATION')).toBe(6_214);
    expect(Object.fromEntries(skipped)).toEqual({
      ACCOUNT_ADJUSTMENT: 3,
      POSTAGE: 1_577,
      DISCOUNT: 61,
      MANUAL_ENTRY: 412,
      SAMPLES: 55,
      BANK_CHARGES: 27,
      MARKETPLACE_FEE: 27,
      COMMISSION: 6,
      GIFT_VOUCHER: 32,
      FRACTION_OF_A_PENNY: 3,
      STOCK_CORRECTION: 1_023,
      ZERO_PRICE: 924,
    });
    expect(invoices.length + withoutGoods.length).toBe(18_786);
    const times = invoices.map((invoice) => invoice.at.getTime());
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it('gives the invoices of a period, its last day included', () => {
    const { invoices } = groupInvoices(readRetailFile(), { from: '2010-12-01', to: '2010-12-02' });
    expect(invoices[0]).toMatchObject({ number: '536365', kind: 'SALE', customerId: '17850' });
    expect(invoices.at(-1)?.at.toISOString().slice(0, 10)).toBe('2010-12-02');
  });

  it('makes a catalogue of unique SKUs with a name, a price and a demand each', () => {
    const items = buildCatalogue(readRetailFile());
    expect(items).toHaveLength(3_637);
    expect(new Set(items.map((item) => item.sku)).size).toBe(items.length);
    expect(items.every((item) => item.name && item.priceMinor > 0n && item.demand > 0)).toBe(true);
    expect(items.find((item) => item.sku === '85123A')).toMatchObject({
      name: 'WHITE HANGING HEART T-LIGHT HOLDER',
      priceMinor: 295n,
      category: 'lighting',
    });
  });
});

it.each([
  [0, 12],
  [10, 12],
  [100, 120],
  [101, 122],
])('opens a SKU that sold %i in the first month with %i', (openingDemand, stock) => {
  expect(openingStock({ openingDemand })).toBe(stock);
});
