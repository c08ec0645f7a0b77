import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { aPerson, type OrdersFixture, type Person, startOrdersFixture, until } from './orders-fixture.ts';

let shop: OrdersFixture;
beforeAll(async () => {
  shop = await startOrdersFixture();
});
afterAll(() => shop.stop());
beforeEach(() => shop.products.answerWith('reserve'));

const codes = ({ userErrors }: { userErrors: { code: string }[] }) => userErrors.map(({ code }) => code);
const place = async (token: string, person: Person = aPerson()) => {
  const { sku } = await shop.variant({ priceMinor: '1000' });
  const cartId = await shop.cartOf(person, { sku, quantity: 2 });
  return { person, cartId, ...(await shop.placeOrder({ cartId, payment: { token }, waitMs: 10_000 }, person)) };
};
const types = (orderId: string) => shop.products.heardOf(orderId).map(({ type }) => type);
const events = ({ history }: { history: { event: string }[] }) => history.map(({ event }) => event);

describe('a payment', () => {
  it('that is declined ends the order, gives the stock back and opens the cart again', async () => {
    const { order, person, cartId, ...payload } = await place('tok_decline');
    expect(codes({ userErrors: payload.userErrors })).toEqual(['PAYMENT_DECLINED']);
    expect(order).toMatchObject({
      status: 'CANCELLED',
      cancellationReason: 'PAYMENT_DECLINED',
      paid: { amount: '0.00' },
      payments: [{ status: 'DECLINED', amount: { amount: '20.00' } }],
    });
    expect(events(order)).toEqual(['placed', 'reserved', 'payment-failed', 'cancelled']);
    await until('the stock is given back', () => types(order.id).includes('order.cancelled.v1'));
    expect((await shop.placeOrder({ cartId }, person)).order.status).toBe('PAID');
  });

  it('that nobody answers for is given up, and nothing is charged', async () => {
    const { order, userErrors } = await place('tok_timeout');
    expect(codes({ userErrors })).toEqual(['PAYMENT_TIMED_OUT']);
    expect(order).toMatchObject({
      status: 'CANCELLED',
      cancellationReason: 'PAYMENT_TIMED_OUT',
      payments: [{ status: 'VOIDED' }],
    });
    expect(await shop.chargeOf(order.id)).toMatchObject([{ status: 'VOIDED' }]);
    await until('the stock is given back', () => types(order.id).includes('order.cancelled.v1'));
  });

  it('that was taken but never answered for is found out, and pays the order', async () => {
    const { order, userErrors } = await place('tok_late');
    expect(userErrors).toEqual([]);
    expect(order).toMatchObject({ status: 'PAID', paid: { amount: '20.00' }, payments: [{ status: 'CAPTURED' }] });
    expect(await shop.chargeOf(order.id)).toMatchObject([{ status: 'CAPTURED', amount_minor: '2000' }]);
  });

  it('that is answered for twice is taken once', async () => {
    const { order, person } = await place('tok_twice');
    await until('the provider has called back', async () => {
      const metric = await shop.registry().getSingleMetric('payments_total')?.get();
      return metric?.values.some(({ labels }) => labels.step === 'notice') ?? false;
    });
    await shop.cancelOrder({ orderId: order.id }, person);
    expect(await shop.order(order.id, person)).toMatchObject({
      paid: { amount: '0.00' },
      refunded: { amount: '20.00' },
      payments: [{ status: 'CAPTURED' }],
    });
    expect(types(order.id).filter((type) => type === 'order.paid.v1')).toHaveLength(1);
    expect(await shop.chargeOf(order.id)).toHaveLength(1);
  });

  it('that is taken after it was given up is refunded', async () => {
    const { order, person } = await place('tok_timeout');
    const [payment] = order.payments;
    // The provider took it all the same, and nobody had told.
    await shop.sql.query(
      `UPDATE test_provider.charge SET status = 'CAPTURED', amount_minor = 2000 WHERE idempotency_key = $1`,
      [payment.id],
    );
    await shop.sql.query('UPDATE payment SET check_at = now() WHERE check_at IS NOT NULL');
    await until('it is refunded', async () => (await shop.refundsOf(order.id)) === 2000);
    await until('that is written down', async () => events(await shop.order(order.id, person)).includes('refunded'));
    expect(await shop.order(order.id, person)).toMatchObject({
      status: 'CANCELLED',
      cancellationReason: 'PAYMENT_TIMED_OUT',
      paid: { amount: '0.00' },
      refunded: { amount: '20.00' },
      payments: [{ status: 'CAPTURED', refunded: { amount: '20.00' } }],
    });
  });

  it('is not asked for again once it is certain that a given up one took nothing', async () => {
    const { order } = await place('tok_timeout');
    const isOpen = async () => {
      const text =
        'SELECT check_at FROM payment p JOIN "order" o ON o.shard = p.shard AND o.id = p.order_id WHERE o.number = $1';
      return (await shop.sql.query(text, [order.number])).rows[0].check_at !== null;
    };
    expect(await isOpen()).toBe(true);
    await shop.sql.query('UPDATE payment SET check_at = now() WHERE check_at IS NOT NULL');
    await until('it is certain', async () => !(await isOpen()));
  });
});

describe('an answer of products', () => {
  it('that comes twice, or again after the end, changes nothing', async () => {
    const ann = aPerson();
    const { sku } = await shop.variant();
    const order = await shop.paidOrder(ann, { sku, quantity: 1 });
    await shop.products.reserved(order.id);
    await shop.products.reserved(order.id);
    const { order: cancelled } = await shop.cancelOrder({ orderId: order.id }, ann);
    await shop.products.reserved(order.id);
    const later = await shop.paidOrder(ann, { sku, quantity: 1 });
    await until('all is heard', async () =>
      (await shop.log.lag('orders-reservations', ['reservations'])).every(({ lag }) => lag === 0),
    );
    expect((await shop.order(order.id, ann)).status).toBe('CANCELLED');
    expect((await shop.order(order.id, ann)).payments).toHaveLength(1);
    expect(cancelled.id).not.toBe(later.id);
  });

  it('that never comes is asked for again', async () => {
    const ann = aPerson();
    const { sku } = await shop.variant();
    shop.products.answerWith('ignore');
    const { order } = await shop.placeOrder({ cartId: await shop.cartOf(ann, { sku, quantity: 1 }), waitMs: 0 }, ann);
    await until('it was announced', () => types(order.id).length > 0);
    shop.products.answerWith('reserve');
    await until('it is paid', async () => (await shop.order(order.id, ann)).status === 'PAID');
    expect(types(order.id).filter((type) => type === 'order.placed.v1').length).toBeGreaterThan(1);
    const age = await shop.registry().getSingleMetric('saga_oldest_seconds')?.get();
    expect(age?.values.map(({ labels }) => labels.step).sort()).toEqual(['check', 'payment', 'refund', 'stock']);
  });

  it('for an order that is not here ends among the dead letters and holds up nobody', async () => {
    const dead: unknown[] = [];
    const letters = await shop.log.subscribe({
      group: 'test-dead-letters',
      topics: ['dead-letters'],
      from: 'beginning',
      onBatch: async (messages) => void dead.push(...messages),
    });
    await shop.products.reserved('ord_01h455vb4pex5vsknk084sn02q');
    await until('it is dead', () => dead.length === 1, 20_000);
    const { sku } = await shop.variant();
    expect((await shop.paidOrder(aPerson(), { sku, quantity: 1 })).status).toBe('PAID');
    await letters.stop();
  });
});

it('many orders at once are settled together: all paid, each charged once', async () => {
  // A crowd on a busy machine is slow, which is no reason to give a payment up here.
  await shop.stopService();
  await shop.startService({ PAYMENT_ATTEMPT_MS: '10000', STEP_LEASE_MS: '60000' });
  const { sku } = await shop.variant({ priceMinor: '100' });
  const people = Array.from({ length: 60 }, () => aPerson());
  const carts = await Promise.all(people.map((person) => shop.cartOf(person, { sku, quantity: 1 })));
  const answers = await Promise.all(
    people.map((person, index) => shop.placeOrder({ cartId: carts[index], waitMs: 10_000 }, person)),
  );
  expect(answers.map(({ order }) => order.status)).toEqual(people.map(() => 'PAID'));
  const ids = answers.map(({ order }) => order.payments[0].id);
  const text =
    'SELECT count(*)::int AS count, sum(amount_minor)::int AS sum FROM test_provider.charge WHERE idempotency_key = ANY($1)';
  expect((await shop.sql.query(text, [ids])).rows).toEqual([{ count: 60, sum: 6_000 }]);
  expect(new Set(answers.map(({ order }) => order.number)).size).toBe(60);
});
