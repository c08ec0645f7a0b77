import { StockRefused, StockReserved } from '@entrepot/events/contracts/stock';
import { meaning, onAny } from '@entrepot/events/handlers';
import { refuse, reserve } from '../domain/settlement.ts';
import type { Decide, OrderStore } from '../store/order-store.ts';

type Answer = { readonly orderId: string; readonly decide: Decide };

/**
 * Products has answered for the stock of orders: a whole batch is loaded in one statement and saved in one transaction.
 * Repeats are harmless because the saga's table says so; no inbox is needed.
 */
export const onStockAnswered = (orders: OrderStore) =>
  onAny<Answer>(
    [
      meaning(StockReserved, ({ orderId }) => ({ orderId, decide: (order, now) => reserve(order, now) })),
      meaning(StockRefused, ({ orderId, reason, lines }) => {
        const detail = describe(lines);
        return { orderId, decide: (order, now) => refuse(order, reason, detail, now) };
      }),
    ],
    async (events) => {
      // Several answers for one order are one and the same, sent again.
      const answers = new Map(events.map(({ value }) => [value.orderId, value.decide]));
      const known = await orders.loadMany([...answers.keys()]);
      if (known.length < answers.size)
        throw new Error(`products answered for an order that is not here: ${missing(answers, known)}`);
      await orders.takeTurns(known.map((order) => ({ order, decide: answers.get(order.id) ?? never })));
    },
  );

function missing(answers: ReadonlyMap<string, unknown>, known: readonly { id: string }[]): string {
  const ids = new Set(known.map(({ id }) => id));
  return [...answers.keys()].filter((id) => !ids.has(id)).join(', ');
}

const never: Decide = (order) => {
  throw new Error(`nothing was asked about order ${order.id}`);
};

const SHOWN = 5;

function describe(lines: readonly { sku: string; requested: number; available: number }[]): string | null {
  if (lines.length === 0) return null;
  const told = lines
    .slice(0, SHOWN)
    .map(({ sku, requested, available }) => `${sku}: ${requested} asked for, ${available} left`);
  return lines.length > SHOWN ? `${told.join('; ')}; and ${lines.length - SHOWN} more` : told.join('; ');
}
