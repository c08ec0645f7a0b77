import { randomUUID } from 'node:crypto';
import { createShopper, must, type Outcome, type PlacedOrder } from '@entrepot/shopper/shopper';
import { closedLoop } from './load.ts';
import { type Bench, type Measured, measure } from './scenario.ts';

/** A guest's whole checkout of three lines: guest, cart, three additions, order with its payment. */
export async function measureCheckout(bench: Bench, orders: number): Promise<Measured> {
  const shopper = createShopper(bench.client);
  const placing: number[] = [];
  const checkout = async (index: number) => {
    const { session } = must(await shopper.createGuest(`guest-${index}@shop.example`));
    const cart = must(await shopper.createCart([], session.accessToken));
    for (let line = 0; line < 3; line++) {
      const item = bench.catalogue[(index * 7 + line * 131) % bench.catalogue.length];
      if (item) must(await shopper.addCartLines(cart.id, [{ sku: item.sku, quantity: 1 }], session.accessToken));
    }
    const began = performance.now();
    const order = await shopper.placeOrder({ idempotencyKey: randomUUID(), cartId: cart.id }, session.accessToken);
    placing.push(performance.now() - began);
    return order.ok && order.value.status === 'PAID';
  };
  await closedLoop(50, 16, (index) => checkout(1_000_000 + index));
  placing.length = 0;
  return measure(bench, 'guest checkout of 3 lines, 16 shoppers', async () => {
    const sample = await closedLoop(orders, 16, checkout);
    placing.sort((a, b) => a - b);
    const at = (share: number) => placing[Math.ceil(share * placing.length) - 1]?.toFixed(0);
    return { sample, facts: [`placing step p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms`] };
  });
}

/** 100 units offered to 500 shoppers at once, each of whom sends the order twice with one key. */
export async function measureFlashSale(bench: Bench, sku: string, units: number, shoppers: number): Promise<Measured> {
  const shopper = createShopper(bench.client);
  const tokens = new Map<number, { token: string; cartId: string }>();
  await closedLoop(shoppers, 16, async (index) => {
    const { session } = must(await shopper.createGuest(`crowd-${index}@shop.example`));
    const cart = must(await shopper.createCart([{ sku, quantity: 1 }], session.accessToken));
    tokens.set(index, { token: session.accessToken, cartId: cart.id });
    return true;
  });
  const outcomes: Outcome<PlacedOrder>[] = [];
  return measure(bench, `flash sale: ${units} units, ${shoppers} shoppers at once, each sending twice`, async () => {
    const sample = await closedLoop(shoppers, shoppers, async (index) => {
      const ready = tokens.get(index);
      if (!ready) return false;
      const order = () =>
        shopper.placeOrder(
          { idempotencyKey: `flash-sale-${index}`, cartId: ready.cartId, waitMs: 10_000 },
          ready.token,
        );
      const both = await Promise.all([order(), order()]);
      outcomes.push(...both);
      return both.every((one) => one.ok || one.code === 'OUT_OF_STOCK');
    });
    const sold = new Set(outcomes.flatMap((one) => (one.ok && one.value.status === 'PAID' ? [one.value.id] : [])));
    const codes = Map.groupBy(outcomes, (one) => (one.ok ? one.value.status : one.code));
    const answers = [...codes].map(([code, of]) => `${of.length} ${code}`).join(', ');
    return { sample, facts: [`sold ${sold.size} of ${units}`, `answers: ${answers}`] };
  });
}
