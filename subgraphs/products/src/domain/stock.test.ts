import { describe, expect, it } from 'vitest';
import { type Adjustment, adjust } from './stock.ts';

const level = { onHand: 10, reserved: 4 };
const anAdjustment = (over: Partial<Adjustment>): Adjustment => ({
  variantId: 'v1',
  change: 5,
  isCorrection: false,
  note: undefined,
  expectedOnHand: undefined,
  ...over,
});

describe('adjust', () => {
  it('books a receipt', () => {
    expect(adjust(level, anAdjustment({ note: 'delivery 7' }))).toEqual({
      variantId: 'v1',
      kind: 'RECEIPT',
      onHandChange: 5,
      reservedChange: 0,
      orderId: undefined,
      note: 'delivery 7',
    });
  });

  it('books a correction down to what is reserved', () => {
    expect(adjust(level, anAdjustment({ change: -6, isCorrection: true }))).toMatchObject({ kind: 'CORRECTION' });
  });

  it.each([
    ['INVALID_QUANTITY', { change: 0 }],
    ['INVALID_QUANTITY', { change: -1 }],
    ['INVALID_QUANTITY', { change: -11, isCorrection: true }],
    ['INVALID_QUANTITY', { change: 1_000_000_000 }],
    ['BELOW_RESERVED', { change: -7, isCorrection: true }],
    ['STOCK_CHANGED', { expectedOnHand: 9 }],
    ['INVALID_NOTE', { note: 'x'.repeat(201) }],
    ['INVALID_NOTE', { note: '\0' }],
  ])('is rejected as %s: %o', (code, over) => {
    expect(() => adjust(level, anAdjustment(over))).toThrow(expect.objectContaining({ code }));
  });
});
