import { randomUUID } from 'node:crypto';
import { must } from '@entrepot/shopper/shopper';
import { expect, it } from 'vitest';
import { ask, openShop } from './shop.ts';

const ORDERS = `query ($first: Int!) {
  orders(first: $first) {
    nodes {
      id number customer { id displayName email }
      payments { status } history { event }
      lines { sku quantity unitPrice { amount } variant { sku available price { amount } product { name category { name } } } }
    }
  }
}`;

it('a page of 50 orders with lines, variants and customers costs as many SQL statements as a page of 5', async () => {
  const { stack, shopper, stock, guest, adminToken } = await openShop();
  const things = await Promise.all([stock(1_000), stock(1_000), stock(1_000)]);
  await Promise.all(
    Array.from({ length: 50 }, async (_, index) => {
      const { token } = await guest();
      const lines = things.slice(0, 1 + (index % 3)).map(({ sku }) => ({ sku, quantity: 1 }));
      const cart = must(await shopper.createCart(lines, token));
      must(await shopper.placeOrder({ idempotencyKey: randomUUID(), cartId: cart.id }, token));
    }),
  );
  // The count also holds what relays and consumers ask in the background, so the least of some tries is the page's own.
  const cost = async (first: number) => {
    const tries: Record<string, number>[] = [];
    for (let attempt = 0; attempt < 8; attempt++) {
      const before = await statements(stack.services);
      const { data, errors } = await ask(stack.url, ORDERS, { first }, adminToken);
      const after = await statements(stack.services);
      expect(errors).toBeUndefined();
      expect(data.orders.nodes).toHaveLength(first);
      tries.push(
        Object.fromEntries(Object.keys(after).map((name) => [name, (after[name] ?? 0) - (before[name] ?? 0)])),
      );
    }
    return Object.fromEntries(
      ['users', 'products', 'orders'].map((name) => [name, Math.min(...tries.map((counts) => counts[name] ?? 0))]),
    );
  };
  const few = await cost(5);
  const many = await cost(50);
  expect(Math.min(...Object.values(few))).toBeGreaterThan(0);
  expect(many).toEqual(few);
});

async function statements(services: Record<string, string>): Promise<Record<string, number>> {
  const names = ['users', 'products', 'orders'];
  const counts = await Promise.all(
    names.map(async (name) => {
      const metrics = await (await fetch(`${services[name]}/metrics`)).text();
      const found = [...metrics.matchAll(/^db_statements_total(?:\{.*\})? (\d+)$/gm)];
      if (found.length === 0) throw new Error(`${name} counts no statements`);
      return [name, found.reduce((sum, [, count]) => sum + Number(count), 0)] as const;
    }),
  );
  return Object.fromEntries(counts);
}
