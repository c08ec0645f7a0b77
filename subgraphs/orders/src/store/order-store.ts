import { poolExecutor, type SqlExecutor, withTransaction } from '@entrepot/database/transaction';
import { appendSharded } from '@entrepot/events/outbox';
import { requireUuid, typeId } from '@entrepot/kernel/ids';
import { Rejection } from '@entrepot/kernel/rejection';
import { newShardedUuid, shardOfCustomer } from '@entrepot/kernel/shard';
import type { Pool } from 'pg';
import type { Cart } from '../domain/cart.ts';
import type { Decision, Order } from '../domain/order.ts';
import type { Now } from '../domain/settlement.ts';
import { toEvent } from './announcements.ts';
import { orderId, orderKey } from './keys.ts';
import { loadOrders } from './load-orders.ts';
import { findByKey, type Idempotency, insertOrder } from './place-order.ts';
import { saveOrders } from './save-orders.ts';

export type Decide = (order: Order, now: Now) => Decision;
/** An order as somebody knows it, and what is to be decided about it. */
export type Turn = { readonly order: Order; readonly decide: Decide };
export type OrderStore = ReturnType<typeof createOrderStore>;

export type OrderStoreOptions = {
  pool: Pool;
  /** Wakes the relay of the outbox. */
  poke: () => void;
  now: () => Date;
  /** How long whoever saved a step has for the next one, before the sweeper takes the order over. */
  leaseMs: number;
};

/** Somebody else was faster, again and again. */
const ATTEMPTS = 5;

export function createOrderStore({ pool, poke, now, leaseMs }: OrderStoreOptions) {
  const listeners: ((saved: readonly Decision[]) => void)[] = [];
  const dueAt = () => new Date(now().getTime() + leaseMs);

  const announce = (decisions: readonly Decision[]) => {
    if (decisions.some(({ announcements }) => announcements.length > 0)) poke();
    for (const listener of listeners) listener(decisions);
  };

  /** Decides and saves all turns in one transaction; returns those that found their order changed. */
  async function attempt(turns: readonly Turn[], done: Decision[]): Promise<Turn[]> {
    const changes = turns.map((turn) => ({
      turn,
      before: turn.order,
      decision: turn.decide(turn.order, nowFor(turn.order)),
    }));
    const isNews = ({ before, decision }: (typeof changes)[number]) => decision.order !== before;
    const news = changes.filter(isNews);
    done.push(...changes.filter((change) => !isNews(change)).map(({ decision }) => decision));
    if (news.length === 0) return [];

    const isSilent = news.every(({ decision }) => decision.announcements.length === 0);
    // What announces nothing is one statement, and so a transaction by itself.
    const saved = isSilent
      ? await saveOrders(poolExecutor(pool), news, dueAt())
      : await withTransaction(pool, async (tx) => {
          const ids = await saveOrders(tx, news, dueAt());
          const decisions = news
            .filter(({ before }) => ids.has(orderKey(before.id).uuid))
            .map(({ decision }) => decision);
          await tell(tx, decisions);
          return ids;
        });
    const wasSaved = ({ before }: (typeof news)[number]) => saved.has(orderKey(before.id).uuid);
    const decisions = news.filter(wasSaved).map(({ decision }) => nextVersion(decision));
    done.push(...decisions);
    announce(decisions);
    return news.filter((change) => !wasSaved(change)).map(({ turn }) => turn);
  }

  function nowFor(order: Order): Now {
    const at = now();
    const { shard } = orderKey(order.id);
    return { at, paymentId: typeId('pay', newShardedUuid(shard, at)), refundId: newShardedUuid(shard, at) };
  }

  const loadMany = (ids: readonly string[]) => loadOrders(poolExecutor(pool), ids.map(orderKey));

  async function takeTurns(turns: readonly Turn[]): Promise<Decision[]> {
    const done: Decision[] = [];
    let left = [...turns];
    for (let round = 1; left.length > 0; round++) {
      left = await attempt(left, done);
      if (left.length === 0) break;
      if (round === ATTEMPTS) throw new Rejection('CONFLICT', 'the order was changed at the same time: try again');
      const current = new Map((await loadMany(left.map(({ order }) => order.id))).map((order) => [order.id, order]));
      left = left.map(({ order, decide }) => ({ order: current.get(order.id) ?? order, decide }));
    }
    return done;
  }

  return {
    /** Calls back after every commit with what was decided: the next steps hang on it, and so none can be forgotten. */
    onSaved(listener: (saved: readonly Decision[]) => void): void {
      listeners.push(listener);
    },

    loadMany,
    async load(id: string): Promise<Order | undefined> {
      const [order] = await loadMany([id]);
      return order;
    },

    /** Loads an order, lets `decide` choose its next state, and saves state and events in one transaction. */
    async change(id: string, decide: Decide): Promise<Order> {
      const [order] = await loadMany([id]);
      if (!order) throw new Rejection('NOT_FOUND', 'no such order', ['input', 'orderId']);
      const [decision] = await takeTurns([{ order, decide }]);
      return decision?.order ?? order;
    },

    /** The same for many orders at once, known already: one transaction for all; who was changed is loaded again. */
    takeTurns,

    /** An id for a customer's next order, which tells its shard. */
    newOrderId: (customerId: string, at: Date): string =>
      orderId(newShardedUuid(shardOfCustomer(requireUuid('usr', customerId)), at)),

    /** Writes a new order, closes its cart and announces it, in one transaction; undefined when the key was used before. */
    async place(decision: Decision, cart: Cart, idempotency: Idempotency): Promise<Order | undefined> {
      const placed = await withTransaction(pool, async (tx) => {
        const outcome = await insertOrder(tx, decision, cart, idempotency, dueAt());
        if (outcome.type === 'cart-changed') throw changedCart();
        if (outcome.type === 'known') return undefined;
        const order = { ...decision.order, number: outcome.number };
        await tell(tx, [{ ...decision, order }]);
        return order;
      });
      if (placed) announce([{ ...decision, order: placed }]);
      return placed;
    },

    /** Asks again for stock that nobody answered for: products gives the answer that it gave, or would have given. */
    async announceAgain(orders: readonly Order[]): Promise<void> {
      await appendSharded(
        poolExecutor(pool),
        orders.map((order) => ({ shard: orderKey(order.id).shard, event: toEvent(order, { type: 'placed' }) })),
      );
      if (orders.length > 0) poke();
    },

    /** The order that a customer used a key for. @throws Rejection KEY_REUSED when it was with another input. */
    async ofKey(customerId: string, idempotency: Idempotency): Promise<Order | undefined> {
      const uuid = requireUuid('usr', customerId);
      const found = await findByKey(poolExecutor(pool), shardOfCustomer(uuid), uuid, idempotency);
      if (!found) return undefined;
      if (found.isSameInput) return (await loadMany([orderId(found.uuid)]))[0];
      throw new Rejection('KEY_REUSED', 'the idempotency key was used with another input: use a new one', [
        'input',
        'idempotencyKey',
      ]);
    },
  };
}

const changedCart = () => new Rejection('CONFLICT', 'the cart was changed at the same time', ['input', 'cartId']);

const nextVersion = (decision: Decision): Decision => ({
  ...decision,
  order: { ...decision.order, version: decision.order.version + 1 },
});

async function tell(tx: SqlExecutor, decisions: readonly Decision[]): Promise<void> {
  const entries = decisions.flatMap(({ order, announcements }) => {
    const { shard } = orderKey(order.id);
    return announcements.map((announcement) => ({ shard, event: toEvent(order, announcement) }));
  });
  await appendSharded(tx, entries);
}
