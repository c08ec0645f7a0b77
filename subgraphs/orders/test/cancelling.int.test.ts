import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { aPerson, type OrdersFixture, startOrdersFixture, until } from './orders-fixture.ts';

let shop: OrdersFixture;
beforeAll(async () => {
  shop = await startOrdersFixture();
});
afterAll(() => shop.stop());
beforeEach(() => shop.products.answerWith('reserve'));

type Payload = { userErrors: { code: string; path: string[] }[] };
const told = ({ userErrors }: Payload) => userErrors.map(({ code, path }) => [code, path.join('.')]);
const clerk = aPerson(['ORDER_MANAGER']);

async function aPaidOrder() {
  const ann = aPerson();
  const mug = await shop.variant({ priceMinor: '250' });
  const tea = await shop.variant({ priceMinor: '33' });
  const order = await shop.paidOrder(ann, { sku: mug.sku, quantity: 4 }, { sku: tea.sku, quantity: 3 });
  const [mugs, teas] = order.lines.map(({ id }: { id: string }) => id);
  return { ann, order, mug, tea, mugs, teas };
}

describe('cancelOrder', () => {
  it('cancels the whole order: refunds all, tells products, and is final', async () => {
    const { ann, order } = await aPaidOrder();
    const { order: cancelled, userErrors } = await shop.cancelOrder(
      { orderId: order.id, note: 'changed my mind' },
      ann,
    );
    expect(userErrors).toEqual([]);
    expect(cancelled).toMatchObject({
      status: 'CANCELLED',
      cancellationReason: 'REQUESTED',
      paid: { amount: '0.00' },
      refunded: { amount: '10.99' },
      lines: [{ cancelledQuantity: 4 }, { cancelledQuantity: 3 }],
      payments: [{ status: 'CAPTURED', refunded: { amount: '10.99' } }],
    });
    await until('the money is back', async () => (await shop.refundsOf(order.id)) === 1099);
    await until('products knows', () =>
      shop.products.heardOf(order.id).some(({ type }) => type === 'order.cancelled.v1'),
    );
    await until('it is in the history', async () => (await shop.order(order.id, ann)).history.length === 5);
    expect((await shop.order(order.id, ann)).history.slice(3)).toEqual([
      { event: 'cancelled', detail: 'changed my mind' },
      { event: 'refunded', detail: '10.99 GBP' },
    ]);
    expect(told(await shop.cancelOrder({ orderId: order.id }, ann))).toEqual([['INVALID_STATE', 'input.orderId']]);
  });

  it('cancels some of some lines, again and again, and refunds exactly those', async () => {
    const { ann, order, mug, tea, mugs, teas } = await aPaidOrder();
    const first = await shop.cancelOrder({ orderId: order.id, lines: [{ lineId: mugs, quantity: 3 }] }, ann);
    expect(first.order).toMatchObject({
      status: 'PAID',
      paid: { amount: '3.49' },
      refunded: { amount: '7.50' },
      lines: [{ quantity: 4, cancelledQuantity: 3 }, { cancelledQuantity: 0 }],
    });
    const lines = [
      { lineId: mugs, quantity: 1 },
      { lineId: teas, quantity: 2 },
    ];
    const second = await shop.cancelOrder({ orderId: order.id, lines, note: 'broken' }, clerk);
    expect(second.order).toMatchObject({ status: 'PAID', paid: { amount: '0.33' }, refunded: { amount: '10.66' } });
    await until('both refunds are paid out', async () => (await shop.refundsOf(order.id)) === 1066);
    await until('products knows of both', () => shop.products.heardOf(order.id).length === 4);
    expect(shop.products.heardOf(order.id).slice(2)).toMatchObject([
      { type: 'order.lines-cancelled.v1', data: { lines: [{ variantId: mug.variantId, quantity: 3 }] } },
      {
        data: {
          lines: [
            { variantId: mug.variantId, quantity: 1 },
            { variantId: tea.variantId, quantity: 2 },
          ],
        },
      },
    ]);
    expect((await shop.order(order.id, ann)).history.map(({ detail }: { detail: string }) => detail)).toContain(
      `1 × ${mug.sku}, 2 × ${tea.sku}: broken`,
    );
    const last = await shop.cancelOrder({ orderId: order.id, lines: [{ lineId: teas, quantity: 1 }] }, ann);
    expect(last.order).toMatchObject({
      status: 'CANCELLED',
      cancellationReason: 'REQUESTED',
      paid: { amount: '0.00' },
    });
    await until('the last is paid out too', async () => (await shop.refundsOf(order.id)) === 1099);
  });

  it('of several at once for the last unit grants one, and never refunds more than was paid', async () => {
    const { ann, order, mugs } = await aPaidOrder();
    const answers = await Promise.all(
      Array.from({ length: 6 }, () =>
        shop.cancelOrder({ orderId: order.id, lines: [{ lineId: mugs, quantity: 2 }] }, ann),
      ),
    );
    expect(answers.filter(({ order: changed }) => changed !== null)).toHaveLength(2);
    for (const [code] of answers.flatMap(told)) expect(code).toBe('INVALID_QUANTITY');
    await until('two refunds are paid out', async () => (await shop.refundsOf(order.id)) === 1000);
    expect(await shop.order(order.id, ann)).toMatchObject({ paid: { amount: '0.99' }, refunded: { amount: '10.00' } });
  });

  it('refuses lines, quantities and notes that are wrong, and changes nothing', async () => {
    const { ann, order, mugs, teas } = await aPaidOrder();
    const other = await aPaidOrder();
    const lines = [
      { lineId: mugs, quantity: 5 },
      { lineId: mugs, quantity: 1 },
      { lineId: teas, quantity: 0 },
      { lineId: other.mugs, quantity: 1 },
    ];
    expect(told(await shop.cancelOrder({ orderId: order.id, lines }, ann))).toEqual([
      ['INVALID_QUANTITY', 'input.lines.0.quantity'],
      ['INVALID_LINE', 'input.lines.1.lineId'],
      ['INVALID_QUANTITY', 'input.lines.2.quantity'],
      ['INVALID_LINE', 'input.lines.3.lineId'],
    ]);
    expect(told(await shop.cancelOrder({ orderId: order.id, lines: [] }, ann))).toEqual([
      ['INVALID_LINE', 'input.lines'],
    ]);
    expect(told(await shop.cancelOrder({ orderId: order.id, note: 'x'.repeat(201) }, ann))).toEqual([
      ['INVALID_NOTE', 'input.note'],
    ]);
    expect(await shop.order(order.id, ann)).toMatchObject({ status: 'PAID', refunded: { amount: '0.00' } });
  });

  it('hides the order from strangers, and from nobody in particular', async () => {
    const { order } = await aPaidOrder();
    expect(told(await shop.cancelOrder({ orderId: order.id }, aPerson()))).toEqual([['NOT_FOUND', 'input.orderId']]);
    expect(told(await shop.cancelOrder({ orderId: 'ord_01h455vb4pex5vsknk084sn02q' }, clerk))).toEqual([
      ['NOT_FOUND', 'input.orderId'],
    ]);
    await expect(shop.cancelOrder({ orderId: order.id })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect(shop.cancelOrder({ orderId: 'nonsense' }, clerk)).rejects.toMatchObject({ code: 'INVALID_ID' });
    expect((await shop.order(order.id, clerk)).status).toBe('PAID');
  });

  it('waits until the order is settled', async () => {
    const ann = aPerson();
    const { sku } = await shop.variant();
    shop.products.answerWith('ignore');
    const { order } = await shop.placeOrder({ cartId: await shop.cartOf(ann, { sku, quantity: 1 }), waitMs: 0 }, ann);
    expect(told(await shop.cancelOrder({ orderId: order.id }, ann))).toEqual([['INVALID_STATE', 'input.orderId']]);
  });
});

describe('shipOrder', () => {
  it('marks a paid order as shipped, tells products, and is final', async () => {
    const { ann, order } = await aPaidOrder();
    const { order: shipped } = await shop.shipOrder({ orderId: order.id, trackingCode: 'RM-1' }, clerk);
    expect(shipped).toMatchObject({ status: 'SHIPPED', trackingCode: 'RM-1', paid: { amount: '10.99' } });
    expect(shipped.history ?? (await shop.order(order.id, ann)).history).toContainEqual({
      event: 'shipped',
      detail: 'RM-1',
    });
    await until('products knows', () =>
      shop.products.heardOf(order.id).some(({ type }) => type === 'order.shipped.v1'),
    );
    expect(told(await shop.shipOrder({ orderId: order.id }, clerk))).toEqual([['INVALID_STATE', 'input.orderId']]);
    expect(told(await shop.cancelOrder({ orderId: order.id }, ann))).toEqual([['INVALID_STATE', 'input.orderId']]);
  });

  it('is for the back office only', async () => {
    const { ann, order } = await aPaidOrder();
    await expect(shop.shipOrder({ orderId: order.id }, ann)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(shop.shipOrder({ orderId: order.id })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect((await shop.order(order.id, ann)).status).toBe('PAID');
  });

  it('refuses an unknown order and a tracking code that is too long', async () => {
    const { order } = await aPaidOrder();
    expect(told(await shop.shipOrder({ orderId: 'ord_01h455vb4pex5vsknk084sn02q' }, clerk))).toEqual([
      ['NOT_FOUND', 'input.orderId'],
    ]);
    const trackingCode = 'x'.repeat(101);
    expect(told(await shop.shipOrder({ orderId: order.id, trackingCode }, clerk))).toEqual([
      ['INVALID_TRACKING_CODE', 'input.trackingCode'],
    ]);
  });
});
