import { describe, expect, it } from 'vitest';
import { aLine, anOrder, aPaidOrder, aPayment, now } from '../../test/examples.ts';
import { type CancelCommand, cancel } from './cancellation.ts';
import { ship } from './shipping.ts';

const command: CancelCommand = { by: { id: 'ann', isOrderManager: false }, note: null };
const codes = (act: () => unknown): string[] => {
  try {
    act();
  } catch (error) {
    if (error instanceof Error && 'problems' in error && Array.isArray(error.problems))
      return error.problems.map(({ code }) => code);
  }
  return [];
};
const mug = aLine();
const tea = aLine({ id: 'line-2', position: 1, variantId: 'var-2', sku: 'TEA', quantity: 1, unitPriceMinor: 33n });
const order = aPaidOrder({
  totalMinor: 1_033n,
  capturedMinor: 1_033n,
  lines: [mug, tea],
  payments: [aPayment({ amountMinor: 1_033n })],
});

describe('cancel', () => {
  it('refunds what was paid and not refunded', () => {
    const { order: some } = cancel(order, { ...command, lines: [{ lineId: 'line-1', quantity: 1 }] }, now);
    expect(some).toMatchObject({ status: 'PAID', refundedMinor: 250n });
    const { order: all, refunds } = cancel(some, command, now);
    expect(all).toMatchObject({
      status: 'CANCELLED',
      cancellationReason: 'REQUESTED',
      refundedMinor: 1_033n,
      payments: [{ refundedMinor: 1_033n }],
    });
    expect(refunds.map(({ amountMinor }) => amountMinor)).toEqual([783n]);
  });

  it('of lines tells products exactly what is given back, by variant', () => {
    const twice = { ...order, lines: [mug, aLine({ id: 'line-3', position: 1 }), tea] };
    const lines = [
      { lineId: 'line-1', quantity: 1 },
      { lineId: 'line-3', quantity: 2 },
    ];
    const { announcements, order: after } = cancel(twice, { ...command, lines }, now);
    expect(announcements).toEqual([{ type: 'lines-cancelled', lines: [{ variantId: 'var-1', quantity: 3 }] }]);
    expect(after.lines[2]).toBe(tea);
  });

  it('of all that is left ends the order', () => {
    const lines = [
      { lineId: 'line-1', quantity: 4 },
      { lineId: 'line-2', quantity: 1 },
    ];
    expect(cancel(order, { ...command, lines }, now)).toMatchObject({
      order: { status: 'CANCELLED' },
      announcements: [{ type: 'cancelled' }],
    });
  });

  it('of an order that cost nothing refunds nothing', () => {
    const free = aPaidOrder({
      totalMinor: 0n,
      capturedMinor: 0n,
      lines: [aLine({ unitPriceMinor: 0n })],
      payments: [aPayment({ amountMinor: 0n })],
    });
    expect(cancel(free, command, now)).toMatchObject({ order: { status: 'CANCELLED' }, refunds: [] });
  });

  it('lets the back office, and hides the order from everybody else', () => {
    expect(cancel(order, { ...command, by: { id: 'clerk', isOrderManager: true } }, now).order.status).toBe(
      'CANCELLED',
    );
    expect(codes(() => cancel(order, { ...command, by: { id: 'eve', isOrderManager: false } }, now))).toEqual([
      'NOT_FOUND',
    ]);
  });

  it.each([
    anOrder(),
    anOrder({ awaiting: 'PAYMENT' }),
    aPaidOrder({ status: 'SHIPPED' }),
    aPaidOrder({ status: 'CANCELLED' }),
  ])('refuses an order that is $status and awaits $awaiting', (unfit) => {
    expect(codes(() => cancel(unfit, command, now))).toEqual(['INVALID_STATE']);
  });

  it('tells every line that is wrong', () => {
    const lines = [
      { lineId: 'line-1', quantity: 5 },
      { lineId: 'line-9', quantity: 1 },
      { lineId: 'line-1', quantity: 1 },
      { lineId: 'line-2', quantity: 0 },
    ];
    expect(codes(() => cancel(order, { ...command, lines }, now))).toEqual([
      'INVALID_QUANTITY',
      'INVALID_LINE',
      'INVALID_LINE',
      'INVALID_QUANTITY',
    ]);
  });
});

describe('ship', () => {
  it('is final', () => {
    const { order: shipped, announcements } = ship(order, 'RM-1', now);
    expect(shipped).toMatchObject({ status: 'SHIPPED', trackingCode: 'RM-1', capturedMinor: 1_033n });
    expect(announcements).toEqual([{ type: 'shipped' }]);
    expect(codes(() => ship(shipped, null, now))).toEqual(['INVALID_STATE']);
  });
});
