import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { freePort } from '@entrepot/database/free-port';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { aPerson, type OrdersFixture, startOrdersFixture, until } from './orders-fixture.ts';

const main = new URL('../src/main.ts', import.meta.url).pathname;

// A process more to start, and the leases of a dead one to run out.
vi.setConfig({ testTimeout: 90_000 });

let shop: OrdersFixture;
const processes: ChildProcess[] = [];
beforeEach(async () => {
  shop = await startOrdersFixture();
});
afterEach(async () => {
  for (const process of processes.splice(0)) process.kill('SIGKILL');
  await shop.stop();
});

/** Runs the service as a process of its own, in the place of the fixture's, and lets it be killed as a power cut would. */
async function inAProcess(settings: Record<string, string> = {}) {
  await shop.stopService();
  const port = await freePort();
  const env = { ...shop.env, STEP_LEASE_MS: '500', PORT: String(port), LOG_LEVEL: 'error', ...settings };
  const child = spawn(process.execPath, [main], { env: { ...env, PATH: process.env.PATH }, stdio: 'ignore' });
  processes.push(child);
  const ended = once(child, 'exit');
  shop.askAt(`http://127.0.0.1:${port}`);
  await until(
    'the process is ready',
    () =>
      fetch(`http://127.0.0.1:${port}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      ),
    15_000,
  );
  return {
    async kill(): Promise<void> {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

const ann = aPerson();
const aCart = async () => {
  const { sku } = await shop.variant({ priceMinor: '700' });
  return shop.cartOf(ann, { sku, quantity: 1 });
};
const place = async (token: string, given?: string) => {
  const cartId = given ?? (await aCart());
  const { order } = await shop.placeOrder({ cartId, payment: { token }, waitMs: 0 }, ann);
  return order.id;
};
const statusOf = async (id: string) => (await shop.order(id, ann)).status;
const awaiting = async () => (await shop.sql.query('SELECT awaiting FROM "order"')).rows[0]?.awaiting;

describe('killed', () => {
  it('before products answered: the order moves on when the service is back', async () => {
    shop.products.answerWith('ignore');
    const process = await inAProcess();
    const id = await place('tok_ok');
    await process.kill();
    shop.products.answerWith('reserve');
    await shop.startService();
    await until('it is paid', async () => (await statusOf(id)) === 'PAID');
    expect(await shop.chargeOf(id)).toMatchObject([{ status: 'CAPTURED' }]);
  });

  it('while products answers: the answer waits for the service', async () => {
    shop.products.answerWith('ignore');
    const process = await inAProcess();
    const id = await place('tok_ok');
    await until('products has heard', () => shop.products.heardOf(id).length > 0);
    await process.kill();
    await shop.products.reserved(id);
    await shop.startService({ STEP_LEASE_MS: '600000' });
    await until('it is paid', async () => (await statusOf(id)) === 'PAID');
  });

  it.each([
    ['tok_ok', 'PAID', 'CAPTURED', '7.00'],
    ['tok_late', 'PAID', 'CAPTURED', '7.00'],
    ['tok_timeout', 'CANCELLED', 'VOIDED', '0.00'],
    ['tok_decline', 'CANCELLED', 'DECLINED', '0.00'],
  ])(
    'while the provider is asked with %s: the order ends %s, and is charged once at most',
    async (token, status, charge, paid) => {
      // The provider's books are locked, so that the capture hangs until the process is dead; or it hangs by itself.
      const books = await shop.sql.connect();
      const process = await inAProcess({ PAYMENT_ATTEMPT_MS: '60000' });
      if (token !== 'tok_late') await books.query('BEGIN; LOCK TABLE test_provider.charge');
      const id = await place(token);
      await until('the payment is recorded', async () => (await awaiting()) === 'PAYMENT');
      if (token === 'tok_late') await until('the money is taken', async () => (await shop.charges()).length === 1);
      await process.kill();
      await books.query('ROLLBACK');
      books.release();
      await shop.startService();
      await until(`it is ${status}`, async () => (await statusOf(id)) === status);
      expect(await shop.order(id, ann)).toMatchObject({ paid: { amount: paid }, payments: [{ status: charge }] });
      expect(await shop.chargeOf(id)).toMatchObject([{ status: charge }]);
      const announced = status === 'PAID' ? 'order.paid.v1' : 'order.cancelled.v1';
      await until('products knows', () => shop.products.heardOf(id).some(({ type }) => type === announced));
    },
  );

  it('between a cancellation and its refund: the refund is paid out, once', async () => {
    const process = await inAProcess({ PAYMENT_ATTEMPT_MS: '60000' });
    const id = await place('tok_ok');
    await until('it is paid', async () => (await statusOf(id)) === 'PAID');
    const books = await shop.sql.connect();
    await books.query('BEGIN; LOCK TABLE test_provider.refund');
    const { order } = await shop.cancelOrder({ orderId: id }, ann);
    expect(order).toMatchObject({ status: 'CANCELLED', refunded: { amount: '7.00' } });
    await process.kill();
    await books.query('ROLLBACK');
    books.release();
    expect((await shop.sql.query('SELECT FROM test_provider.refund')).rows).toEqual([]);
    await shop.startService();
    await until('the refund is written down', async () => {
      const { history } = await shop.order(id, ann);
      return history.some(({ event }: { event: string }) => event === 'refunded');
    });
    expect(await shop.refundsOf(id)).toBe(700);
    expect((await shop.sql.query('SELECT status FROM refund')).rows).toEqual([{ status: 'DONE' }]);
  });

  it('after placing, before the event is in the log: the event is published by the next process', async () => {
    const process = await inAProcess();
    // The log's tables are locked: the outbox fills, and the caller gets the order all the same.
    const cartId = await aCart();
    const log = await shop.lockLog();
    const id = await place('tok_ok', cartId);
    await process.kill();
    expect((await shop.sql.query('SELECT topic FROM outbox')).rows).toEqual([{ topic: 'orders' }]);
    await log.release();
    await shop.startService();
    await until('it is paid', async () => (await statusOf(id)) === 'PAID', 15_000);
    await until('the outbox is empty', async () => (await shop.sql.query('SELECT FROM outbox')).rows.length === 0);
  });
});

it('two processes share the work: an order settled by the other is told to whoever waits', async () => {
  const first = await inAProcess({ PAYMENT_CONCURRENCY: '4' });
  const { sku } = await shop.variant();
  const carts = await Promise.all(Array.from({ length: 10 }, () => shop.cartOf(ann, { sku, quantity: 1 })));
  const url = shop.askAt(undefined);
  await shop.startService();
  const second = shop.askAt(undefined);
  expect(second).not.toBe(url);
  const answers = await Promise.all(
    carts.map((cartId, index) => {
      shop.askAt(index % 2 ? url : second);
      return shop.placeOrder({ cartId, waitMs: 10_000 }, ann);
    }),
  );
  expect(answers.map(({ order }) => order.status)).toEqual(carts.map(() => 'PAID'));
  await first.kill();
});

it('takes two sweepers at once without charging or refunding twice', async () => {
  const first = await inAProcess();
  const id = await place('tok_ok');
  await until('it is paid', async () => (await statusOf(id)) === 'PAID');
  await shop.startService();
  await shop.cancelOrder({ orderId: id }, ann);
  await shop.sql.query(`UPDATE refund SET status = 'PENDING', due_at = now()`);
  await until(
    'it is paid out',
    async () => (await shop.sql.query(`SELECT FROM refund WHERE status = 'DONE'`)).rows.length === 1,
  );
  expect(await shop.refundsOf(id)).toBe(700);
  await first.kill();
});
