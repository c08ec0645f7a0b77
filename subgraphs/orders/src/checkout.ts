import { newUuid, typeId } from '@entrepot/kernel/ids';
import { Rejection } from '@entrepot/kernel/rejection';
import { isSettled, type Order } from './domain/order.ts';
import { place } from './domain/placing.ts';
import { canonicalOf, checkPlacing, type PlaceCommand, type PlacingInput } from './domain/placing-input.ts';
import type { CartStore } from './store/cart-store.ts';
import type { OrderStore } from './store/order-store.ts';
import type { Outcomes } from './store/outcomes.ts';

export type Checkout = ReturnType<typeof createCheckout>;
export type CheckoutOptions = {
  orders: OrderStore;
  carts: CartStore;
  outcomes: Outcomes;
  providers: readonly string[];
  now: () => Date;
};
export type CheckoutRequest = {
  readonly input: PlacingInput;
  readonly customerId: string;
  /** When the caller's own deadline ends the waiting, in ms since the epoch. */
  readonly deadline: number | undefined;
};

/** What is left of the caller's deadline for sending the answer. */
const ANSWER_MS = 200;

/** Places an order and waits, for as long as it was asked to, until stock and payment are settled. */
export function createCheckout({ orders, carts, outcomes, providers, now }: CheckoutOptions) {
  /** The order that is there in the end: the new one, or the one that the same key made before. */
  async function placeOnce(command: PlaceCommand, customerId: string, orderId: string): Promise<Order> {
    const { cartId, secret, idempotencyKey: key } = command;
    const idempotency = { key, canonicalInput: canonicalOf(command) };
    const known = () => orders.ofKey(customerId, idempotency);
    try {
      const state = await carts.load({ cartId, viewerId: customerId, secret });
      if (!state) throw new Rejection('NOT_FOUND', 'no such cart', ['input', 'cartId']);
      if (state.isOrdered) throw new Rejection('CART_EMPTY', 'the cart was ordered already', ['input', 'cartId']);
      const lineIds = state.cart.lines.map(() => typeId('line', newUuid()));
      const decision = place(state.cart, { ...command, orderId, lineIds, customerId, at: now() });
      const placed = await orders.place(decision, state.cart, idempotency);
      if (placed) return placed;
    } catch (error) {
      if (!(error instanceof Rejection)) throw error;
      // A repeat finds the cart ordered, or changed since: the key decides, and only a new key may be refused for it.
      const before = await known();
      if (before) return before;
      throw error;
    }
    const before = await known();
    if (before) return before;
    throw new Error(`the key of ${customerId} is taken, but by no order`);
  }

  async function settled(order: Order, outcome: Order | 'elsewhere' | undefined): Promise<Order> {
    if (outcome !== undefined && outcome !== 'elsewhere') return outcome;
    return (await orders.load(order.id)) ?? order;
  }

  return async function placeOrder({ input, customerId, deadline }: CheckoutRequest): Promise<Order> {
    const command = checkPlacing(input, providers);
    const orderId = orders.newOrderId(customerId, now());
    const waitMs = Math.min(command.waitMs, deadline === undefined ? Infinity : deadline - Date.now() - ANSWER_MS);
    // From before the commit on: an order may settle before we get to look.
    const waiter = outcomes.wait(orderId, waitMs);
    const order = await placeOnce(command, customerId, orderId).catch((error: unknown) => {
      waiter.cancel();
      throw error;
    });
    if (order.id === orderId) return settled(order, await waiter.outcome);
    waiter.cancel();
    if (isSettled(order)) return order;
    const repeat = outcomes.wait(order.id, waitMs);
    // It may have settled between being read and being waited for; then nobody would tell.
    const current = await orders.load(order.id);
    if (!current || isSettled(current)) {
      repeat.cancel();
      return current ?? order;
    }
    return settled(order, await repeat.outcome);
  };
}
