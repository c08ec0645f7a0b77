import { newUuid } from '@entrepot/kernel/ids';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ADDRESS, aPerson, type OrdersFixture, startOrdersFixture } from './orders-fixture.ts';

let shop: OrdersFixture;
beforeAll(async () => {
  shop = await startOrdersFixture();
});
afterAll(() => shop.stop());
beforeEach(() => shop.products.answerWith('reserve'));

type Payload = { userErrors: { code: string; path: string[] }[] };
const codes = ({ userErrors }: Payload) => userErrors.map(({ code }) => code);

describe('an idempotency key', () => {
  it('sent 20 times at once makes one order and one charge', async () => {
    const ann = aPerson();
    const { sku } = await shop.variant();
    const input = { cartId: await shop.cartOf(ann, { sku, quantity: 1 }), idempotencyKey: newUuid() };
    const answers = await Promise.all(Array.from({ length: 20 }, () => shop.placeOrder(input, ann)));
    expect(answers.flatMap(codes)).toEqual([]);
    expect(new Set(answers.map(({ order }) => order.id)).size).toBe(1);
    expect(new Set(answers.map(({ order }) => order.status))).toEqual(new Set(['PAID']));
    const [first] = answers;
    expect(await shop.chargeOf(first.order.id)).toMatchObject([{ status: 'CAPTURED', amount_minor: '1250' }]);
    const { rows } = await shop.sql.query('SELECT count(*)::int AS count FROM "order" WHERE idempotency_key = $1', [
      input.idempotencyKey,
    ]);
    expect(rows[0].count).toBe(1);
  });

  it('gives the same order again, also when the wait is another one and the cart is long changed', async () => {
    const ann = aPerson();
    const { sku } = await shop.variant();
    const input = { cartId: await shop.cartOf(ann, { sku, quantity: 1 }), idempotencyKey: newUuid() };
    const { order } = await shop.placeOrder(input, ann);
    expect((await shop.placeOrder({ ...input, waitMs: 0 }, ann)).order).toEqual(order);

    shop.products.answerWith('OUT_OF_STOCK');
    const second = { cartId: await shop.cartOf(ann, { sku, quantity: 1 }), idempotencyKey: newUuid() };
    const refused = await shop.placeOrder(second, ann);
    await shop.setCartLine({ cartId: second.cartId, sku, quantity: 0 }, ann);
    const repeated = await shop.placeOrder(second, ann);
    expect(repeated.order.id).toBe(refused.order.id);
    expect(codes(repeated)).toEqual(['OUT_OF_STOCK']);
  });

  it('is refused with another input: address, cart or payment', async () => {
    const ann = aPerson();
    const { sku } = await shop.variant();
    const input = { cartId: await shop.cartOf(ann, { sku, quantity: 1 }), idempotencyKey: newUuid() };
    const { order } = await shop.placeOrder(input, ann);
    const others = [
      { shippingAddress: { ...ADDRESS, city: 'Leeds' } },
      { cartId: await shop.cartOf(ann, { sku, quantity: 1 }) },
      { payment: { token: 'tok_twice' } },
      { expectedTotal: { amount: '12.50', currencyCode: 'GBP' } },
    ];
    for (const other of others)
      expect(codes(await shop.placeOrder({ ...input, ...other }, ann))).toEqual(['KEY_REUSED']);
    expect((await shop.placeOrder(input, ann)).order.id).toBe(order.id);
  });

  it('is the customer’s own: another customer may use the same', async () => {
    const { sku } = await shop.variant();
    const idempotencyKey = newUuid();
    const place = async () => {
      const person = aPerson();
      return shop.placeOrder({ cartId: await shop.cartOf(person, { sku, quantity: 1 }), idempotencyKey }, person);
    };
    const [one, other] = [await place(), await place()];
    expect(one.order.status).toBe('PAID');
    expect(other.order.id).not.toBe(one.order.id);
  });

  it('of two for one cart at the same moment, only one makes an order', async () => {
    const ann = aPerson();
    const { sku } = await shop.variant();
    const cartId = await shop.cartOf(ann, { sku, quantity: 1 });
    const answers = await Promise.all([1, 2, 3, 4].map(() => shop.placeOrder({ cartId }, ann)));
    expect(answers.filter(({ order }) => order !== null)).toHaveLength(1);
    for (const code of answers.flatMap(codes)) expect(['CONFLICT', 'CART_EMPTY']).toContain(code);
  });
});
