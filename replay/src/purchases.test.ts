import { describe, expect, it } from 'vitest';
import { createPurchases } from './purchases.ts';

const goods = (sku: string, quantity: number) => ({ sku, quantity, unitPriceMinor: 100n });

describe('matching a cancellation with what was bought', () => {
  it('takes from the newest order first and goes on to older ones', () => {
    const purchases = createPurchases();
    purchases.bought('old', [{ lineId: 'o1', sku: 'A', quantity: 5 }]);
    purchases.bought('new', [{ lineId: 'n1', sku: 'A', quantity: 2 }]);
    expect(purchases.cancel([goods('A', 4)])).toEqual({
      steps: [
        { orderId: 'new', lines: [{ lineId: 'n1', quantity: 2 }] },
        { orderId: 'old', lines: [{ lineId: 'o1', quantity: 2 }] },
      ],
      matchedUnits: 4,
      unmatched: [],
    });
  });

  it('never gives back the same unit twice', () => {
    const purchases = createPurchases();
    purchases.bought('one', [{ lineId: 'l', sku: 'A', quantity: 3 }]);
    purchases.cancel([goods('A', 2)]);
    expect(purchases.cancel([goods('A', 2)])).toMatchObject({
      matchedUnits: 1,
      unmatched: [{ sku: 'A', quantity: 1 }],
    });
  });

  it('tells what was never bought', () => {
    expect(createPurchases().cancel([goods('B', 1)])).toEqual({
      steps: [],
      matchedUnits: 0,
      unmatched: [{ sku: 'B', quantity: 1 }],
    });
  });

  it('adds up two lines of one SKU within an order', () => {
    const purchases = createPurchases();
    purchases.bought('one', [{ lineId: 'l', sku: 'A', quantity: 9 }]);
    expect(purchases.cancel([goods('A', 2), goods('A', 3)]).steps).toEqual([
      { orderId: 'one', lines: [{ lineId: 'l', quantity: 5 }] },
    ]);
  });
});
