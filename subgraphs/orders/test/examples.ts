import type { Cart, CatalogueVariant } from '../src/domain/cart.ts';
import type { Order, OrderLine, Payment } from '../src/domain/order.ts';
import type { Now } from '../src/domain/settlement.ts';

export const at = new Date('2026-01-01T00:00:00Z');
export const now: Now = { at, paymentId: 'pay-1', refundId: 'refund-1' };

export const aLine = (over: Partial<OrderLine> = {}): OrderLine => ({
  id: 'line-1',
  position: 0,
  variantId: 'var-1',
  sku: 'MUG',
  productName: 'Mug',
  variantName: '',
  quantity: 4,
  cancelledQuantity: 0,
  unitPriceMinor: 250n,
  ...over,
});

export const aPayment = (over: Partial<Payment> = {}): Payment => ({
  id: 'pay-1',
  provider: 'test',
  status: 'CAPTURED',
  amountMinor: 1_000n,
  refundedMinor: 0n,
  checkAt: null,
  createdAt: at,
  ...over,
});

/** An order of 10.00 that waits for its stock. */
export const anOrder = (over: Partial<Order> = {}): Order => ({
  id: 'ord-1',
  number: 'E-1',
  customerId: 'ann',
  status: 'PLACED',
  awaiting: 'STOCK',
  cancellationReason: null,
  currencyCode: 'GBP',
  totalMinor: 1_000n,
  capturedMinor: 0n,
  refundedMinor: 0n,
  shippingAddress: {
    recipient: 'Ann',
    lines: ['1 High Street'],
    city: 'London',
    region: null,
    postalCode: null,
    countryCode: 'GB',
  },
  trackingCode: null,
  placedAt: at,
  version: 1,
  cartId: 'cart-1',
  paymentProvider: 'test',
  paymentToken: 'tok_ok',
  lines: [aLine()],
  payments: [],
  ...over,
});

/** The same, paid. */
export const aPaidOrder = (over: Partial<Order> = {}): Order =>
  anOrder({
    status: 'PAID',
    awaiting: null,
    capturedMinor: 1_000n,
    paymentToken: null,
    payments: [aPayment()],
    ...over,
  });

export const aVariant = (over: Partial<CatalogueVariant> = {}): CatalogueVariant => ({
  id: `var-${over.sku ?? 'MUG'}`,
  sku: 'MUG',
  productName: 'Mug',
  variantName: '',
  currencyCode: 'GBP',
  priceMinor: 250n,
  isSold: true,
  ...over,
});

export const aCart = (over: Partial<Cart> = {}): Cart => ({
  id: 'cart-1',
  customerId: 'ann',
  currencyCode: null,
  version: 1,
  updatedAt: at,
  lines: [],
  ...over,
});
