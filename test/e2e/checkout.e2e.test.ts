import { randomUUID } from 'node:crypto';
import { must } from '@entrepot/shopper/shopper';
import { describe, expect, it } from 'vitest';
import { ask, openShop } from './shop.ts';

const AVAILABLE = 'query ($sku: String!) { variant(sku: $sku) { available stock { onHand reserved available } } }';

describe('a checkout through the public endpoint', () => {
  it('is paid, reserves its stock, and shows in the history with its variant and its customer', async () => {
    const { stack, shopper, stock, guest, cartOf } = await openShop();
    const { sku, variantId } = await stock(5, '12.34');
    const { id, token } = await guest();
    const cartId = await cartOf(token, { sku, quantity: 2 });
    const order = must(await shopper.placeOrder({ idempotencyKey: randomUUID(), cartId }, token));
    expect(order).toMatchObject({ status: 'PAID', total: { amount: '24.68', currencyCode: 'GBP' } });

    const { data, errors } = await ask(
      stack.url,
      `{ me { id orders(first: 5) { nodes { id status paid { amount } customer { id } lines { sku quantity variant { id sku available } } } } } }`,
      {},
      token,
    );
    expect(errors).toBeUndefined();
    expect(data.me).toEqual({
      id,
      orders: {
        nodes: [
          {
            id: order.id,
            status: 'PAID',
            paid: { amount: '24.68' },
            customer: { id },
            lines: [{ sku, quantity: 2, variant: { id: variantId, sku, available: 3 } }],
          },
        ],
      },
    });
  });

  it('gives the same order for the same key, however often and however close together it is sent', async () => {
    const { stack, shopper, stock, guest, cartOf, adminToken } = await openShop();
    const { sku } = await stock(50);
    const { token } = await guest();
    const cartId = await cartOf(token, { sku, quantity: 1 });
    const idempotencyKey = randomUUID();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => shopper.placeOrder({ idempotencyKey, cartId }, token)),
    );
    expect(new Set(answers.map((answer) => must(answer).id)).size).toBe(1);
    const { data } = await ask(stack.url, AVAILABLE, { sku }, adminToken);
    expect(data.variant.stock).toEqual({ onHand: 50, reserved: 1, available: 49 });
  });

  it('refuses a used key with another cart', async () => {
    const { shopper, stock, guest, cartOf } = await openShop();
    const { sku } = await stock(50);
    const { token } = await guest();
    const idempotencyKey = randomUUID();
    must(await shopper.placeOrder({ idempotencyKey, cartId: await cartOf(token, { sku, quantity: 1 }) }, token));
    const other = await cartOf(token, { sku, quantity: 2 });
    expect(await shopper.placeOrder({ idempotencyKey, cartId: other }, token)).toMatchObject({
      ok: false,
      code: 'KEY_REUSED',
    });
  });

  it.each([
    ['tok_decline', 'PAYMENT_DECLINED'],
    ['tok_timeout', 'PAYMENT_TIMED_OUT'],
  ])('gives the stock back when the payment ends as %s', async (paymentToken, code) => {
    const { stack, shopper, stock, guest, cartOf, adminToken } = await openShop();
    const { sku } = await stock(3);
    const { token } = await guest();
    const cartId = await cartOf(token, { sku, quantity: 3 });
    const answer = await shopper.placeOrder(
      { idempotencyKey: randomUUID(), cartId, paymentToken, waitMs: 10_000 },
      token,
    );
    expect(answer).toMatchObject({ ok: false, code });
    await expect
      .poll(async () => (await ask(stack.url, AVAILABLE, { sku }, adminToken)).data.variant.stock, { timeout: 5_000 })
      .toEqual({ onHand: 3, reserved: 0, available: 3 });
  });

  it('charges once when the provider answers twice', async () => {
    const { stack, shopper, stock, guest, cartOf } = await openShop();
    const { sku } = await stock(3, '7.00');
    const { token } = await guest();
    const cartId = await cartOf(token, { sku, quantity: 1 });
    const order = must(
      await shopper.placeOrder({ idempotencyKey: randomUUID(), cartId, paymentToken: 'tok_twice' }, token),
    );
    const { data } = await ask(
      stack.url,
      'query ($id: ID!) { order(id: $id) { paid { amount } payments { status } } }',
      { id: order.id },
      token,
    );
    expect(data.order).toEqual({ paid: { amount: '7.00' }, payments: [{ status: 'CAPTURED' }] });
  });

  it('cancels some of a line: refunds exactly that and gives the stock back', async () => {
    const { stack, shopper, stock, guest, cartOf, adminToken } = await openShop();
    const { sku } = await stock(10, '1.50');
    const { token } = await guest();
    const order = must(
      await shopper.placeOrder(
        { idempotencyKey: randomUUID(), cartId: await cartOf(token, { sku, quantity: 4 }) },
        token,
      ),
    );
    const lineId = order.lines[0]?.id ?? '';
    must(await shopper.cancelOrder(order.id, [{ lineId, quantity: 3 }], token));
    await expect
      .poll(async () => (await ask(stack.url, AVAILABLE, { sku }, adminToken)).data.variant.stock, { timeout: 5_000 })
      .toEqual({ onHand: 10, reserved: 1, available: 9 });
    await expect
      .poll(
        async () =>
          (
            await ask(
              stack.url,
              'query ($id: ID!) { order(id: $id) { status paid { amount } refunded { amount } } }',
              { id: order.id },
              token,
            )
          ).data.order,
        { timeout: 5_000 },
      )
      .toEqual({ status: 'PAID', paid: { amount: '1.50' }, refunded: { amount: '4.50' } });
  });

  it('takes shipped goods out of the stock, after which nothing can be cancelled', async () => {
    const { stack, shopper, clerk, stock, guest, cartOf, adminToken } = await openShop();
    const { sku } = await stock(10);
    const { token } = await guest();
    const order = must(
      await shopper.placeOrder(
        { idempotencyKey: randomUUID(), cartId: await cartOf(token, { sku, quantity: 4 }) },
        token,
      ),
    );
    must(await clerk.shipOrder(order.id));
    await expect
      .poll(async () => (await ask(stack.url, AVAILABLE, { sku }, adminToken)).data.variant.stock, { timeout: 5_000 })
      .toEqual({ onHand: 6, reserved: 0, available: 6 });
    expect(await shopper.cancelOrder(order.id, undefined, token)).toMatchObject({ ok: false, code: 'INVALID_STATE' });
  });
});

describe('a crowd', () => {
  it('of 60 shoppers, each sending twice, buys exactly the 20 units there are', async () => {
    const { stack, shopper, stock, guest, cartOf, adminToken } = await openShop();
    const { sku } = await stock(20);
    const shoppers = await Promise.all(
      Array.from({ length: 60 }, async () => {
        const { token } = await guest();
        return { token, cartId: await cartOf(token, { sku, quantity: 1 }), idempotencyKey: randomUUID() };
      }),
    );
    const answers = await Promise.all(
      shoppers.flatMap(({ token, ...input }) => [
        shopper.placeOrder({ ...input, waitMs: 10_000 }, token),
        shopper.placeOrder({ ...input, waitMs: 10_000 }, token),
      ]),
    );
    const paid = new Set(
      answers.flatMap((answer) => (answer.ok && answer.value.status === 'PAID' ? [answer.value.id] : [])),
    );
    expect(paid.size).toBe(20);
    expect(answers.filter((answer) => !answer.ok).every((answer) => !answer.ok && answer.code === 'OUT_OF_STOCK')).toBe(
      true,
    );
    const { data } = await ask(stack.url, AVAILABLE, { sku }, adminToken);
    expect(data.variant.stock).toEqual({ onHand: 20, reserved: 20, available: 0 });
  });
});
