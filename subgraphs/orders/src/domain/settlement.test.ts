import { describe, expect, it } from 'vitest';
import { anOrder, aPaidOrder, aPayment, at, now } from '../../test/examples.ts';
import { answer, refuse, reserve } from './settlement.ts';

const paying = anOrder({ awaiting: 'PAYMENT', payments: [aPayment({ status: 'PENDING' })] });
const givenUp = { type: 'given-up', checkAt: at } as const;

describe('reserve', () => {
  it('opens a payment of the total', () => {
    const { order, announcements, reopensCart } = reserve(anOrder(), now);
    expect(order).toMatchObject({ status: 'PLACED', awaiting: 'PAYMENT', paymentToken: 'tok_ok' });
    expect(order.payments).toEqual([aPayment({ status: 'PENDING' })]);
    expect([announcements, reopensCart]).toEqual([[], false]);
  });

  it('changes nothing when it is told again', () => {
    expect(reserve(paying, now).order).toBe(paying);
    const paid = aPaidOrder();
    expect(reserve(paid, now).order).toBe(paid);
  });
});

describe('refuse', () => {
  it('ends the order with the reason, forgets the token and opens the cart', () => {
    const { order, announcements, reopensCart, history } = refuse(
      anOrder(),
      'OUT_OF_STOCK',
      'MUG: 4 asked for, 1 left',
      now,
    );
    expect(order).toMatchObject({
      status: 'CANCELLED',
      awaiting: null,
      cancellationReason: 'OUT_OF_STOCK',
      paymentToken: null,
    });
    expect(announcements).toEqual([{ type: 'cancelled' }]);
    expect(reopensCart).toBe(true);
    expect(history.map(({ event, detail }) => [event, detail])).toEqual([
      ['refused', 'MUG: 4 asked for, 1 left'],
      ['cancelled', null],
    ]);
  });

  it('is impossible once it was reserved', () => {
    expect(() => refuse(paying, 'OUT_OF_STOCK', null, now)).toThrow(expect.objectContaining({ name: 'IllegalStep' }));
  });
});

describe('answer', () => {
  it('captured pays the order and forgets the token', () => {
    const { order, announcements } = answer(paying, 'pay-1', { type: 'captured' }, now);
    expect(order).toMatchObject({
      status: 'PAID',
      capturedMinor: 1_000n,
      paymentToken: null,
      payments: [{ status: 'CAPTURED' }],
    });
    expect(announcements).toEqual([{ type: 'paid' }]);
  });

  it('captured once more changes nothing, whatever the order has become', () => {
    for (const order of [
      aPaidOrder(),
      aPaidOrder({ status: 'SHIPPED' }),
      aPaidOrder({ status: 'CANCELLED', refundedMinor: 1_000n }),
    ])
      expect(answer(order, 'pay-1', { type: 'captured' }, now).order).toBe(order);
  });

  it('declined ends the order', () => {
    const { order, reopensCart } = answer(paying, 'pay-1', { type: 'declined' }, now);
    expect(order).toMatchObject({
      status: 'CANCELLED',
      cancellationReason: 'PAYMENT_DECLINED',
      capturedMinor: 0n,
      payments: [{ status: 'DECLINED' }],
    });
    expect(reopensCart).toBe(true);
  });

  it('given up ends the order and remembers to make sure', () => {
    const { order } = answer(paying, 'pay-1', givenUp, now);
    expect(order).toMatchObject({
      status: 'CANCELLED',
      cancellationReason: 'PAYMENT_TIMED_OUT',
      payments: [{ status: 'VOIDED', checkAt: at }],
    });
  });

  it('captured after it was given up is refunded in full, and the order stays cancelled', () => {
    const { order } = answer(paying, 'pay-1', givenUp, now);
    const late = answer(order, 'pay-1', { type: 'captured' }, now);
    expect(late.order).toMatchObject({
      status: 'CANCELLED',
      cancellationReason: 'PAYMENT_TIMED_OUT',
      capturedMinor: 1_000n,
      refundedMinor: 1_000n,
      payments: [{ status: 'CAPTURED', refundedMinor: 1_000n, checkAt: null }],
    });
    expect(late.refunds).toEqual([{ id: 'refund-1', paymentId: 'pay-1', amountMinor: 1_000n }]);
    expect(late.announcements).toEqual([]);
  });

  it('given up by one who could not reach the provider does not undo what another was told', () => {
    const paid = aPaidOrder();
    expect(answer(paid, 'pay-1', givenUp, now).order).toBe(paid);
  });

  it('refuses an answer about a payment of another order', () => {
    expect(() => answer(paying, 'pay-2', { type: 'captured' }, now)).toThrow('has no payment');
  });
});
