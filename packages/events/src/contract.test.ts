import { uuidOf } from '@entrepot/kernel/ids';
import { runWithTrace } from '@entrepot/telemetry/trace';
import { describe, expect, it } from 'vitest';
import { event } from './contract.ts';
import { ProductChanged, ReviewChanged, VariantChanged } from './contracts/catalogue.ts';
import { OrderCancelled, OrderLinesCancelled } from './contracts/orders.ts';
import { StockLevelChanged, StockReserved } from './contracts/stock.ts';
import { UserChanged } from './contracts/users.ts';

const at = new Date('2026-01-01T00:00:00Z');
const data = { orderId: 'ord_1', customerId: 'usr_1', reason: 'late' };

describe('an event', () => {
  it('is a CloudEvent about its aggregate, with an id of its own', () => {
    const made = event(OrderCancelled, data, { at });
    expect(made).toMatchObject({ topic: 'orders', key: 'ord_1' });
    expect(made.envelope).toEqual({
      specversion: '1.0',
      id: made.envelope.id,
      source: 'entrepot',
      type: 'order.cancelled.v1',
      subject: 'ord_1',
      time: '2026-01-01T00:00:00.000Z',
      datacontenttype: 'application/json',
      purges: ['Order:ord_1'],
      audience: ['usr_1'],
      data,
    });
    expect(uuidOf('evt', made.envelope.id)).toBe(made.uuid);
    expect(event(OrderCancelled, data).envelope.id).not.toBe(made.envelope.id);
  });

  it('carries the trace on in which it was made', () => {
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const { envelope } = runWithTrace(`00-${traceId}-b7ad6b7169203331-01`, () => event(OrderCancelled, data));
    expect(envelope.traceparent).toContain(traceId);
  });

  it("has no audience when it is nobody's own, or when an older producer did not say whose", () => {
    expect(event(UserChanged, { userId: 'usr_1' }).envelope).not.toHaveProperty('audience');
    expect(event(OrderLinesCancelled, { orderId: 'ord_1', lines: [] }).envelope).not.toHaveProperty('audience');
  });

  it('holds nothing that its contract does not name', () => {
    const more = { ...data, cardNumber: '4111' };
    expect(event(OrderCancelled, more).envelope.data).toEqual(data);
  });

  it('that breaks its contract is not made', () => {
    expect(() => event(StockReserved, { orderId: 'ord_1', lines: [{ variantId: 'var_1', quantity: 0.5 }] })).toThrow();
  });
});

it('purges exactly what it makes stale', () => {
  const variant = {
    variantId: 'var_1',
    productId: 'prod_1',
    sku: 'MUG',
    productName: 'Mug',
    variantName: 'Large',
    slug: 'mug',
    priceMinor: '1',
    currencyCode: 'EUR',
    isSold: true,
    version: 1,
  };
  expect([
    event(VariantChanged, variant).envelope.purges,
    event(ProductChanged, { productId: 'prod_1' }).envelope.purges,
    event(ReviewChanged, { productId: 'prod_1', reviewId: 'rev_1' }).envelope.purges,
    event(StockLevelChanged, { variantId: 'var_1', productId: 'prod_1', available: 1, version: 1 }).envelope.purges,
    event(StockReserved, { orderId: 'ord_1', lines: [] }).envelope.purges,
    event(UserChanged, { userId: 'usr_1' }).envelope.purges,
  ]).toEqual([
    ['ProductVariant:var_1', 'Product:prod_1', 'Product'],
    ['Product:prod_1', 'Product'],
    ['Review:rev_1', 'Product:prod_1'],
    ['ProductVariant:var_1'],
    undefined,
    ['User:usr_1'],
  ]);
});
