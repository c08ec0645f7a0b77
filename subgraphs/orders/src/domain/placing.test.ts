import { describe, expect, it } from 'vitest';
import { aCart, anOrder, at, aVariant } from '../../test/examples.ts';
import { addLines } from './cart.ts';
import { type Placing, place } from './placing.ts';
import { canonicalOf, checkPlacing, type PlacingInput } from './placing-input.ts';

const cart = addLines(aCart(), [{ sku: 'MUG', quantity: 4 }], new Map([['MUG', aVariant()]]));
const { shippingAddress } = anOrder();
const placing: Placing = {
  orderId: 'ord-1',
  lineIds: ['line-1'],
  customerId: 'ann',
  shippingAddress,
  payment: { provider: 'test', token: 'tok_ok' },
  expectedTotal: { minor: 1_000n, currency: 'GBP' },
  at,
};
const input: PlacingInput = {
  idempotencyKey: 'key-0001',
  cartId: 'cart-1',
  shippingAddress: { recipient: 'Ann', lines: ['1 High Street'], city: 'London', countryCode: 'GB' },
  payment: { provider: 'test', token: 'tok_ok' },
  waitMs: 0,
};
const code = (expected: string) => expect.objectContaining({ code: expected });

describe('place', () => {
  it('copies names and prices onto the order and asks for the stock', () => {
    const { order, announcements } = place(cart, placing);
    expect(order).toEqual({ ...anOrder({ number: '' }), lines: order.lines });
    expect(order.lines).toMatchObject([
      { id: 'line-1', variantId: 'var-MUG', sku: 'MUG', quantity: 4, unitPriceMinor: 250n },
    ]);
    expect(announcements).toEqual([{ type: 'placed' }]);
  });

  it('refuses an empty cart, what is not sold, and another total than expected', () => {
    expect(() => place(aCart(), placing)).toThrow(code('CART_EMPTY'));
    const gone = { ...cart, lines: cart.lines.map((line) => ({ ...line, variant: undefined })) };
    expect(() => place(gone, { ...placing, expectedTotal: undefined })).toThrow(code('NOT_SOLD'));
    expect(() => place(cart, { ...placing, expectedTotal: { minor: 1_000n, currency: 'EUR' } })).toThrow(
      code('TOTAL_CHANGED'),
    );
  });
});

describe('the canonical input', () => {
  const canonical = (over: Partial<PlacingInput> = {}) => canonicalOf(checkPlacing({ ...input, ...over }, ['test']));

  it('is the same however the same is written', () => {
    const { shippingAddress: to } = input;
    const spelled = { ...to, region: null, postalCode: ' ', city: ' London ' };
    expect(canonical({ shippingAddress: spelled, secret: null, waitMs: 10_000, idempotencyKey: 'another-key' })).toBe(
      canonical(),
    );
  });

  it.each<Partial<PlacingInput>>([
    { cartId: 'cart-2' },
    { secret: 'secret' },
    { payment: { provider: 'test', token: 'tok_late' } },
    { expectedTotal: { amount: '1', currencyCode: 'GBP' } },
    { shippingAddress: { ...input.shippingAddress, lines: ['1 High Street', ''].slice(0, 1).concat('Flat 2') } },
  ])('is another one with %o', (over) => {
    expect(canonical(over)).not.toBe(canonical());
  });
});
