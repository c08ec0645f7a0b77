import { randomUUID } from 'node:crypto';
import { must } from '@entrepot/shopper/shopper';
import { FOLLOW, type Following } from '@entrepot/testing/live-clients';
import { describe, expect, inject, it } from 'vitest';
import { openShop, until } from './shop.ts';

const OWN_ORDERS = 'subscription { orderChanged { id status customer { id } lines { sku } } }';
const ONE_ORDER = 'subscription ($id: ID!) { orderChanged(id: $id) { id status } }';
const STOCK =
  'subscription ($id: ID!) { stockChanged(id: $id, initial: true) { id available stock { onHand reserved } } }';

/** How many run in the gateway now: an order that is placed before it listens is not told. */
async function running(): Promise<number> {
  const metrics = await (await fetch(`${inject('stack').services.gateway}/metrics`)).text();
  return [...metrics.matchAll(/^subscriptions_running\{.*\} (\d+)$/gm)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  );
}
const last = ({ data }: Following) => JSON.parse(JSON.stringify(data.at(-1) ?? null));
const bearer = (token: string) => `Bearer ${token}`;

describe.each(['multipart', 'sse', 'websocket'] as const)('by %s', (transport) => {
  const follow = FOLLOW[transport];

  it('a customer is told of their order, from its placing to its shipping, and nobody else is', async () => {
    const { stack, shopper, clerk, stock, customer, cartOf } = await openShop();
    const [{ sku }, ann, eve] = await Promise.all([stock(5), customer(), customer()]);
    const before = await running();
    const mine = follow(stack.url, { query: OWN_ORDERS, authorization: bearer(ann.token) });
    const others = follow(stack.url, { query: OWN_ORDERS, authorization: bearer(eve.token) });
    await until('both are subscribed', async () => (await running()) === before + 2);
    const cartId = await cartOf(ann.token, { sku, quantity: 2 });
    const { id } = must(await shopper.placeOrder({ idempotencyKey: randomUUID(), cartId }, ann.token));
    const order = { id, customer: { id: ann.id }, lines: [{ sku }] };
    await until('it is told as paid', async () => last(mine)?.orderChanged.status === 'PAID');
    expect(last(mine).orderChanged).toMatchObject({ ...order, status: 'PAID' });

    const spy = follow(stack.url, { query: ONE_ORDER, variables: { id }, authorization: bearer(eve.token) });
    const guest = follow(stack.url, { query: ONE_ORDER, variables: { id } });
    await until('they are subscribed', async () => (await running()) === before + 4);
    must(await clerk.shipOrder(id));
    await until('it is told as shipped', async () => last(mine)?.orderChanged.status === 'SHIPPED');
    // What is placed after it is told after it: by then, the others would have heard of the first.
    const next = await cartOf(eve.token, { sku, quantity: 1 });
    const theirs = must(await shopper.placeOrder({ idempotencyKey: randomUUID(), cartId: next }, eve.token));
    await until('the other order is told', async () => last(others)?.orderChanged.id === theirs.id);
    expect(JSON.stringify([others.data, others.errors])).not.toContain(id);
    expect([spy, guest].map(({ data, errors, isOver }) => [data, errors, isOver])).toEqual([
      [[], [], false],
      [[], [], false],
    ]);
    for (const following of [mine, others, spy, guest]) following.stop();
    await until('nobody is subscribed any more', async () => (await running()) === before);
  });

  it('everybody is told of stock, and the back office of what is behind it', async () => {
    const { stack, shopper, stock, guest, cartOf, adminToken } = await openShop();
    const { sku, variantId: id } = await stock(5);
    const before = await running();
    const shoppers = follow(stack.url, { query: STOCK, variables: { id } });
    const staff = follow(stack.url, { query: STOCK, variables: { id }, authorization: bearer(adminToken) });
    await until('both are subscribed', async () => (await running()) === before + 2);
    await until('shoppers are told how it is', async () => last(shoppers)?.stockChanged.available === 5);
    const { token } = await guest();
    const cartId = await cartOf(token, { sku, quantity: 2 });
    must(await shopper.placeOrder({ idempotencyKey: randomUUID(), cartId }, token));
    await until('shoppers are told', async () => last(shoppers)?.stockChanged.available === 3);
    await until('the back office is told', async () => last(staff)?.stockChanged.available === 3);
    expect(last(shoppers).stockChanged).toMatchObject({ id, stock: null });
    expect(last(staff).stockChanged).toMatchObject({ id, stock: { onHand: 5, reserved: 2 } });
    for (const following of [shoppers, staff]) following.stop();
    await until('nobody is subscribed any more', async () => (await running()) === before);
  });
});
