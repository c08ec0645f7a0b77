import type { GoodsLine } from '@entrepot/data/retail-lines';

export type PlacedLine = { lineId: string; sku: string; quantity: number };
export type CancelStep = { orderId: string; lines: { lineId: string; quantity: number }[] };
export type Plan = {
  /** What to cancel, one step an order. */
  steps: CancelStep[];
  /** How many units of the cancellation were bought, and can be cancelled. */
  matchedUnits: number;
  /** Lines of which nothing, or not everything, was bought in the replayed days. */
  unmatched: { sku: string; quantity: number }[];
};

type Held = { orderId: string; lineId: string; sku: string; left: number };

/** What one customer has bought and not given back: a real shop's cancellations name no order, only goods. */
export function createPurchases() {
  const held: Held[] = [];
  return {
    bought(orderId: string, lines: readonly PlacedLine[]): void {
      for (const { lineId, sku, quantity } of lines) held.push({ orderId, lineId, sku, left: quantity });
    },
    /** Matches a cancellation against the newest purchases first, and takes what it matches out of them. */
    cancel(goods: readonly GoodsLine[]): Plan {
      const steps = new Map<string, Map<string, number>>();
      const unmatched: Plan['unmatched'] = [];
      let matchedUnits = 0;
      for (const { sku, quantity } of goods) {
        let open = quantity;
        for (const line of held.toReversed()) {
          if (open === 0) break;
          if (line.sku !== sku || line.left === 0) continue;
          const taken = Math.min(open, line.left);
          line.left -= taken;
          open -= taken;
          matchedUnits += taken;
          const step = steps.get(line.orderId) ?? new Map<string, number>();
          step.set(line.lineId, (step.get(line.lineId) ?? 0) + taken);
          steps.set(line.orderId, step);
        }
        if (open > 0) unmatched.push({ sku, quantity: open });
      }
      const toStep = ([orderId, lines]: [string, Map<string, number>]): CancelStep => ({
        orderId,
        lines: [...lines].map(([lineId, quantity]) => ({ lineId, quantity })),
      });
      return { steps: [...steps].map(toStep), matchedUnits, unmatched };
    },
  };
}
export type Purchases = ReturnType<typeof createPurchases>;
