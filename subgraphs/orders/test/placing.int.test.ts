import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ADDRESS, aPerson, type OrdersFixture, startOrdersFixture, until } from './orders-fixture.ts';

let shop: OrdersFixture;
beforeAll(async () => {
  shop = await startOrdersFixture();
});
afterAll(() => shop.stop());
beforeEach(() => shop.products.answerWith('reserve'));

type Payload = { userErrors: { code: string; path: string[] }[] };
const codes = ({ userErrors }: Payload) => userErrors.map(({ code }) => code);
const told = ({ userErrors }: Payload) => userErrors.map(({ code, path }) => [code, path.join('.')]);

describe('placeOrder', () => {
  const ann = aPerson();

  it('reserves, takes the payment, and answers with the paid order', async () => {
    const mug = await shop.variant({ priceMinor: '1250' });
    const tea = await shop.variant({ priceMinor: '99', productName: 'Tea', variantName: '' });
    const cartId = await shop.cartOf(ann, { sku: mug.sku, quantity: 2 }, { sku: tea.sku, quantity: 1 });
    const shippingAddress = { ...ADDRESS, region: ' ', postalCode: 'N1' };
    const { order, userErrors } = await shop.placeOrder({ cartId, shippingAddress }, ann);
    expect(userErrors).toEqual([]);
    expect(order).toMatchObject({
      number: expect.stringMatching(/^E-\d+$/),
      status: 'PAID',
      cancellationReason: null,
      total: { amount: '25.99', currencyCode: 'GBP' },
      paid: { amount: '25.99' },
      refunded: { amount: '0.00' },
      customer: { id: ann.id },
      shippingAddress: { ...ADDRESS, region: null, postalCode: 'N1' },
      lines: [
        {
          sku: mug.sku,
          productName: 'Enamel Mug',
          variantName: 'Large',
          quantity: 2,
          cancelledQuantity: 0,
          unitPrice: { amount: '12.50' },
          total: { amount: '25.00' },
          variant: { id: mug.variantId },
        },
        { sku: tea.sku, productName: 'Tea', variantName: '', quantity: 1, total: { amount: '0.99' } },
      ],
      payments: [{ provider: 'test', status: 'CAPTURED', amount: { amount: '25.99' }, refunded: { amount: '0.00' } }],
      history: [{ event: 'placed' }, { event: 'reserved' }, { event: 'paid' }],
    });
    expect(await shop.order(order.id, ann)).toEqual(order);
    await until('the payment is announced', () => shop.products.heardOf(order.id).length === 2);
    const line = { sku: mug.sku, quantity: 2 };
    expect(shop.products.heardOf(order.id)).toMatchObject([
      {
        type: 'order.placed.v1',
        data: {
          number: order.number,
          totalMinor: '2599',
          lines: [{ ...line, unitPriceMinor: '1250' }, { sku: tea.sku }],
        },
      },
      {
        type: 'order.paid.v1',
        data: { customerId: ann.id, lines: [{ ...line, variantId: mug.variantId }, { sku: tea.sku }] },
      },
    ]);
  });

  it('takes the cart of a guest by its secret, and what a guest with an account of its own owns', async () => {
    const { sku } = await shop.variant();
    const { cart, secret } = await shop.createCart([{ sku, quantity: 1 }]);
    const guest = aPerson([], 'GUEST');
    expect((await shop.placeOrder({ cartId: cart.id, secret }, guest)).order).toMatchObject({
      status: 'PAID',
      customer: { id: guest.id },
    });
    expect((await shop.paidOrder(guest, { sku, quantity: 1 })).status).toBe('PAID');
  });

  it('answers PLACED when it is not to wait, and goes on by itself', async () => {
    const { sku } = await shop.variant();
    const { order } = await shop.placeOrder({ cartId: await shop.cartOf(ann, { sku, quantity: 1 }), waitMs: 0 }, ann);
    expect(order).toMatchObject({ status: 'PLACED', paid: { amount: '0.00' }, payments: [] });
    await until('it is paid', async () => (await shop.order(order.id, ann)).status === 'PAID');
  });

  it('needs somebody to place it for', async () => {
    await expect(shop.placeOrder({ cartId: 'cart_01h455vb4pex5vsknk084sn02q' })).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  });

  it('refuses what is wrong with the input, all at once, and does nothing', async () => {
    const { sku } = await shop.variant();
    const cartId = await shop.cartOf(ann, { sku, quantity: 1 });
    const bad = await shop.placeOrder(
      {
        cartId,
        idempotencyKey: 'short',
        shippingAddress: { ...ADDRESS, recipient: '', lines: ['1', '2', '3', '4'], postalCode: '9'.repeat(21) },
        payment: { provider: 'nobody', token: '' },
        waitMs: 10_001,
      },
      ann,
    );
    expect(bad.order).toBeNull();
    expect(told(bad)).toEqual([
      ['INVALID_KEY', 'input.idempotencyKey'],
      ['INVALID_ADDRESS', 'input.shippingAddress.recipient'],
      ['INVALID_ADDRESS', 'input.shippingAddress.postalCode'],
      ['INVALID_ADDRESS', 'input.shippingAddress.lines'],
      ['INVALID_PAYMENT', 'input.payment.provider'],
      ['INVALID_PAYMENT', 'input.payment.token'],
      ['INVALID_WAIT', 'input.waitMs'],
    ]);
    expect((await shop.placeOrder({ cartId }, ann)).order.status).toBe('PAID');
  });

  it('refuses text that cannot be kept, and does nothing', async () => {
    const { sku } = await shop.variant();
    const cartId = await shop.cartOf(ann, { sku, quantity: 1 });
    const bad = await shop.placeOrder(
      {
        cartId,
        idempotencyKey: 'a\0b-cdefgh',
        shippingAddress: { ...ADDRESS, city: 'Lon\ud800don' },
        payment: { token: 'tok\0' },
      },
      ann,
    );
    expect(codes(bad)).toEqual(['INVALID_KEY', 'INVALID_ADDRESS', 'INVALID_PAYMENT']);
    expect(codes(await shop.createCart([{ sku: 'a\0b', quantity: 1 }]))).toEqual(['UNKNOWN_SKU']);
    const order = await shop.paidOrder(ann, { sku, quantity: 1 });
    expect(codes(await shop.cancelOrder({ orderId: order.id, note: 'no\0' }, ann))).toEqual(['INVALID_NOTE']);
  });

  it('refuses a cart that is empty, ordered, unknown or of somebody else', async () => {
    const { sku } = await shop.variant();
    expect(codes(await shop.placeOrder({ cartId: await shop.cartOf(ann) }, ann))).toEqual(['CART_EMPTY']);
    const cartId = await shop.cartOf(ann, { sku, quantity: 1 });
    expect(codes(await shop.placeOrder({ cartId }, aPerson()))).toEqual(['NOT_FOUND']);
    expect(codes(await shop.placeOrder({ cartId: 'cart_01h455vb4pex5vsknk084sn02q' }, ann))).toEqual(['NOT_FOUND']);
    await shop.placeOrder({ cartId }, ann);
    expect(codes(await shop.placeOrder({ cartId }, ann))).toEqual(['CART_EMPTY']);
  });

  it('refuses what is not sold any more, or not in the currency of the cart', async () => {
    const gone = await shop.variant();
    const dearer = await shop.variant();
    const cartId = await shop.cartOf(ann, { sku: gone.sku, quantity: 1 }, { sku: dearer.sku, quantity: 1 });
    await shop.variant({ ...gone, isSold: false, version: 2 });
    await shop.variant({ ...dearer, currencyCode: 'EUR', version: 2 });
    expect(codes(await shop.placeOrder({ cartId }, ann))).toEqual(['NOT_SOLD', 'NOT_SOLD']);
  });

  it('sells at the price of today, and not at all when the shopper expects another total', async () => {
    const mug = await shop.variant({ priceMinor: '1000' });
    const cartId = await shop.cartOf(ann, { sku: mug.sku, quantity: 3 });
    await shop.variant({ ...mug, priceMinor: '1100', version: 2 });
    const expecting = (amount: string, currencyCode = 'GBP') =>
      shop.placeOrder({ cartId, expectedTotal: { amount, currencyCode } }, ann);
    expect(codes(await expecting('30.00'))).toEqual(['TOTAL_CHANGED']);
    expect(codes(await expecting('33.00', 'EUR'))).toEqual(['TOTAL_CHANGED']);
    expect(codes(await expecting('33.001'))).toEqual(['TOTAL_CHANGED']);
    expect((await expecting('33.00')).order.total.amount).toBe('33.00');
  });

  it('keeps prices and names as they were when they change afterwards', async () => {
    const mug = await shop.variant({ priceMinor: '1000', productName: 'Mug' });
    const order = await shop.paidOrder(ann, { sku: mug.sku, quantity: 1 });
    await shop.variant({ ...mug, priceMinor: '9900', productName: 'Chalice', version: 2 });
    expect(await shop.order(order.id, ann)).toMatchObject({
      total: { amount: '10.00' },
      lines: [{ productName: 'Mug', unitPrice: { amount: '10.00' } }],
    });
  });

  it.each(['OUT_OF_STOCK', 'PRICE_CHANGED', 'NOT_SOLD'] as const)(
    'cancels what products refuses as %s, tells why, and opens the cart again',
    async (reason) => {
      const { sku } = await shop.variant();
      const cartId = await shop.cartOf(ann, { sku, quantity: 2 });
      shop.products.answerWith(reason);
      const refused = await shop.placeOrder({ cartId }, ann);
      expect(codes(refused)).toEqual([reason]);
      expect(refused.order).toMatchObject({
        status: 'CANCELLED',
        cancellationReason: reason,
        payments: [],
        history: [
          { event: 'placed' },
          { event: 'refused', detail: 'MUG: 2 asked for, 1 left' },
          { event: 'cancelled' },
        ],
      });
      shop.products.answerWith('reserve');
      const again = await shop.placeOrder({ cartId }, ann);
      expect(again.order.status).toBe('PAID');
      expect(again.order.id).not.toBe(refused.order.id);
    },
  );
});
