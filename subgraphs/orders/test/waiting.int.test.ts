import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSweepStore } from '../src/store/sweep-store.ts';
import { aPerson, type OrdersFixture, startOrdersFixture, until } from './orders-fixture.ts';

let shop: OrdersFixture;
beforeAll(async () => {
  shop = await startOrdersFixture({ DATABASE_POOL_SIZE: '2', PAYMENT_ATTEMPT_MS: '2000', STEP_LEASE_MS: '60000' });
});
afterAll(() => shop.stop());

const place = async (token = 'tok_ok', waitMs = 8_000) => {
  const person = aPerson();
  const { sku } = await shop.variant();
  const cartId = await shop.cartOf(person, { sku, quantity: 1 });
  return { id: cartId, answer: shop.placeOrder({ cartId, payment: { token }, waitMs }, person) };
};

describe('whoever waits', () => {
  it('holds no connection, no transaction and no lock', async () => {
    shop.products.answerWith('ignore');
    const waiting = await Promise.all(Array.from({ length: 20 }, () => place()));
    const placed = async () => (await shop.sql.query('SELECT id FROM "order"')).rows;
    await until('all are placed', async () => (await placed()).length === 20);

    const began = performance.now();
    await shop.createCart([]);
    expect(performance.now() - began).toBeLessThan(2_000);
    const { rows } = await shop.sql.query(
      `SELECT state FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'orders' AND state LIKE 'idle in transaction%'`,
    );
    expect(rows).toEqual([]);
    await shop.sql.query('SELECT FROM "order" FOR UPDATE NOWAIT');

    for (const envelope of shop.products.placed()) await shop.products.reserved(envelope.subject);
    const answers = await Promise.all(waiting.map(({ answer }) => answer));
    expect(answers.map(({ order }) => order.status)).toEqual(waiting.map(() => 'PAID'));
  });

  it('for a slow provider keeps nobody else from paying', async () => {
    shop.products.answerWith('reserve');
    const slow = await place('tok_timeout', 10_000);
    await until(
      'the provider is asked',
      async () => (await shop.sql.query(`SELECT FROM payment WHERE status = 'PENDING'`)).rows.length === 1,
    );
    const quick = await place();
    expect((await quick.answer).order.status).toBe('PAID');
    expect((await shop.sql.query(`SELECT FROM payment WHERE status = 'PENDING'`)).rows).toHaveLength(1);
    expect((await slow.answer).userErrors).toMatchObject([{ code: 'PAYMENT_TIMED_OUT' }]);
  });

  it('waits no longer than the caller of the request does', async () => {
    shop.products.answerWith('ignore');
    const person = aPerson();
    const { sku } = await shop.variant();
    const cartId = await shop.cartOf(person, { sku, quantity: 1 });
    const began = performance.now();
    const { order } = await shop.withDeadline(Date.now() + 700, () =>
      shop.placeOrder({ cartId, waitMs: 10_000 }, person),
    );
    expect(order.status).toBe('PLACED');
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});

it('deletes carts that nobody touched for 30 days, with their lines, some at a time', async () => {
  const { sku } = await shop.variant();
  const old = await Promise.all([1, 2, 3].map(() => shop.cartOf(aPerson(), { sku, quantity: 1 })));
  const fresh = aPerson();
  const kept = await shop.cartOf(fresh, { sku, quantity: 1 });
  await shop.sql.query(
    `UPDATE cart SET updated_at = now() - interval '31 days' WHERE order_id IS NULL AND customer_id <> $1`,
    [shop.uuidOf(fresh)],
  );
  const sweeps = createSweepStore(shop.sql, 1_000);
  expect(await sweeps.dropOldCarts(2)).toBe(2);
  expect(await sweeps.dropOldCarts(10)).toBeGreaterThanOrEqual(1);
  expect(await sweeps.dropOldCarts(10)).toBe(0);
  expect(old).toHaveLength(3);
  expect((await shop.addCartLines({ cartId: kept, lines: [{ sku, quantity: 1 }] }, fresh)).userErrors).toEqual([]);
  const { rows } = await shop.sql.query(
    'SELECT FROM cart_line l WHERE NOT EXISTS (SELECT FROM cart c WHERE c.shard = l.shard AND c.id = l.cart_id)',
  );
  expect(rows).toEqual([]);
});
