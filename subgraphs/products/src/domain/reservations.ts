import { apply, available, type Level, type Movement, type MovementKind } from './stock.ts';

export type PlacedLine = { variantId: string; sku: string; quantity: number; unitPriceMinor: bigint };
/** What happened to an order, as far as its stock is concerned. */
export type OrderEvent =
  | { type: 'PLACED'; orderId: string; currencyCode: string; lines: readonly PlacedLine[] }
  | { type: 'LINES_CANCELLED'; orderId: string; lines: readonly { variantId: string; quantity: number }[] }
  | { type: 'CANCELLED'; orderId: string }
  | { type: 'SHIPPED'; orderId: string };

/** What a variant is sold for now, and how many there are. */
export type Offer = { sku: string; priceMinor: bigint; currencyCode: string; isSold: boolean; level: Level };

export type RefusalReason = 'OUT_OF_STOCK' | 'PRICE_CHANGED' | 'NOT_SOLD';
export type Refusal = {
  reason: RefusalReason;
  lines: readonly { sku: string; requested: number; available: number }[];
};
/** What an order was told. CANCELLED before it was placed: it came out of order, and must hold nothing. */
export type Decision = { outcome: 'RESERVED' } | { outcome: 'REFUSED'; refusal: Refusal } | { outcome: 'CANCELLED' };
export type Hold = { orderId: string; variantId: string; quantity: number; state: 'HELD' | 'RELEASED' | 'SHIPPED' };
export type Answer =
  | { type: 'RESERVED'; orderId: string; lines: readonly { variantId: string; quantity: number }[] }
  | { type: 'REFUSED'; orderId: string; refusal: Refusal };

/** What the database holds of everything a batch of events touches, locked. */
export type Known = {
  offers: ReadonlyMap<string, Offer>;
  decisions: ReadonlyMap<string, Decision>;
  holds: readonly Hold[];
};

/** What a batch changes. Each list has one entry a key, however many events touched it. */
export type Settlement = {
  levels: ReadonlyMap<string, Level>;
  movements: readonly Movement[];
  decisions: ReadonlyMap<string, Decision>;
  holds: readonly Hold[];
  answers: readonly Answer[];
  /** Events of orders that were never placed here: nothing to do, but somebody should know. */
  strays: readonly OrderEvent[];
};

/**
 * Decides a batch of events in the order they arrived. An order gets all of its lines or none; what one order gives
 * back, the next one in the batch can have. An order asked about again is told the same again, and holds nothing twice.
 */
export function settle(known: Known, events: readonly OrderEvent[]): Settlement {
  const batch = openBatch(known);
  for (const event of events) {
    switch (event.type) {
      case 'PLACED':
        place(batch, event);
        break;
      case 'LINES_CANCELLED':
        cancelLines(batch, event);
        break;
      case 'CANCELLED':
        cancel(batch, event.orderId);
        break;
      case 'SHIPPED':
        ship(batch, event);
        break;
    }
  }
  const { levels, movements, decisions, answers, strays } = batch;
  return { levels, movements, decisions, holds: [...batch.changedHolds.values()], answers, strays };
}

type Batch = {
  known: Known;
  levels: Map<string, Level>;
  movements: Movement[];
  decisions: Map<string, Decision>;
  holds: Map<string, Map<string, Hold>>;
  changedHolds: Map<string, Hold>;
  answers: Answer[];
  strays: OrderEvent[];
};

function openBatch(known: Known): Batch {
  const holds = new Map<string, Map<string, Hold>>();
  for (const hold of known.holds) holdsIn(holds, hold.orderId).set(hold.variantId, hold);
  const batch = { known, holds, levels: new Map(), movements: [], decisions: new Map(), changedHolds: new Map() };
  return { ...batch, answers: [], strays: [] };
}

function place(batch: Batch, order: Extract<OrderEvent, { type: 'PLACED' }>): void {
  const { orderId } = order;
  const quantities = quantityByVariant(order.lines);
  const lines = [...quantities].map(([variantId, quantity]) => ({ variantId, quantity }));
  const earlier = decisionOf(batch, orderId);
  if (earlier?.outcome === 'CANCELLED') return;
  if (earlier?.outcome === 'RESERVED') batch.answers.push({ type: 'RESERVED', orderId, lines });
  if (earlier?.outcome === 'REFUSED') batch.answers.push({ type: 'REFUSED', orderId, refusal: earlier.refusal });
  if (earlier) return;

  const refusal = refusalOf(batch, order, quantities);
  if (refusal) {
    batch.decisions.set(orderId, { outcome: 'REFUSED', refusal });
    batch.answers.push({ type: 'REFUSED', orderId, refusal });
    return;
  }
  for (const { variantId, quantity } of lines) {
    book(batch, 'RESERVATION', { orderId, variantId, onHandChange: 0, reservedChange: quantity });
    keep(batch, { orderId, variantId, quantity, state: 'HELD' });
  }
  batch.decisions.set(orderId, { outcome: 'RESERVED' });
  batch.answers.push({ type: 'RESERVED', orderId, lines });
}

type Placed = Extract<OrderEvent, { type: 'PLACED' }>;

/** What the shopper must hear first: that goods are not sold, then that they cost something else, then that they are gone. */
function refusalOf(batch: Batch, order: Placed, quantities: ReadonlyMap<string, number>): Refusal | undefined {
  const refused: Record<RefusalReason, PlacedLine[]> = { NOT_SOLD: [], PRICE_CHANGED: [], OUT_OF_STOCK: [] };
  for (const line of order.lines) {
    const reason = reasonToRefuse(batch, order, line, quantities.get(line.variantId) ?? 0);
    if (reason) refused[reason].push(line);
  }
  const reason = (['NOT_SOLD', 'PRICE_CHANGED', 'OUT_OF_STOCK'] as const).find((each) => refused[each].length > 0);
  if (!reason) return undefined;
  const bySku = new Map(refused[reason].map((line) => [line.sku, line]));
  const lines = [...bySku.values()].map(({ sku, variantId }) => {
    const level = levelOf(batch, variantId);
    return { sku, requested: quantities.get(variantId) ?? 0, available: level ? available(level) : 0 };
  });
  return { reason, lines };
}

function reasonToRefuse(batch: Batch, order: Placed, line: PlacedLine, wanted: number): RefusalReason | undefined {
  const offer = batch.known.offers.get(line.variantId);
  const level = levelOf(batch, line.variantId);
  if (!offer?.isSold || !level) return 'NOT_SOLD';
  if (offer.priceMinor !== line.unitPriceMinor || offer.currencyCode !== order.currencyCode) return 'PRICE_CHANGED';
  return available(level) < wanted ? 'OUT_OF_STOCK' : undefined;
}

function cancelLines(batch: Batch, event: Extract<OrderEvent, { type: 'LINES_CANCELLED' }>): void {
  const { orderId } = event;
  if (!decisionOf(batch, orderId)) batch.strays.push(event);
  for (const [variantId, quantity] of quantityByVariant(event.lines)) {
    const hold = batch.holds.get(orderId)?.get(variantId);
    // Never more than is held: what was shipped or given back already cannot be given back again.
    if (hold) release(batch, hold, Math.min(quantity, hold.quantity));
  }
}

function cancel(batch: Batch, orderId: string): void {
  for (const hold of batch.holds.get(orderId)?.values() ?? []) release(batch, hold, hold.quantity);
  if (decisionOf(batch, orderId)?.outcome !== 'REFUSED') batch.decisions.set(orderId, { outcome: 'CANCELLED' });
}

function release(batch: Batch, hold: Hold, quantity: number): void {
  if (quantity === 0) return;
  const { orderId, variantId } = hold;
  book(batch, 'RELEASE', { orderId, variantId, onHandChange: 0, reservedChange: -quantity });
  const left = hold.quantity - quantity;
  keep(batch, { orderId, variantId, quantity: left, state: left > 0 ? 'HELD' : 'RELEASED' });
}

function ship(batch: Batch, event: Extract<OrderEvent, { type: 'SHIPPED' }>): void {
  const { orderId } = event;
  if (!decisionOf(batch, orderId)) batch.strays.push(event);
  for (const { variantId, quantity, state } of batch.holds.get(orderId)?.values() ?? []) {
    if (state !== 'HELD') continue;
    book(batch, 'SHIPMENT', { orderId, variantId, onHandChange: -quantity, reservedChange: -quantity });
    keep(batch, { orderId, variantId, quantity: 0, state: 'SHIPPED' });
  }
}

type Change = { orderId: string; variantId: string; onHandChange: number; reservedChange: number };

function book(batch: Batch, kind: MovementKind, change: Change): void {
  const level = levelOf(batch, change.variantId);
  if (!level) throw new Error(`no stock is known of ${change.variantId}, which ${change.orderId} holds`);
  batch.levels.set(change.variantId, apply(level, change));
  batch.movements.push({ kind, ...change, note: undefined });
}

function keep(batch: Batch, hold: Hold): void {
  holdsIn(batch.holds, hold.orderId).set(hold.variantId, hold);
  batch.changedHolds.set(`${hold.orderId} ${hold.variantId}`, hold);
}

const levelOf = (batch: Batch, variantId: string): Level | undefined =>
  batch.levels.get(variantId) ?? batch.known.offers.get(variantId)?.level;

const decisionOf = (batch: Batch, orderId: string): Decision | undefined =>
  batch.decisions.get(orderId) ?? batch.known.decisions.get(orderId);

function quantityByVariant(lines: readonly { variantId: string; quantity: number }[]): Map<string, number> {
  const quantities = new Map<string, number>();
  for (const { variantId, quantity } of lines) quantities.set(variantId, (quantities.get(variantId) ?? 0) + quantity);
  return quantities;
}

function holdsIn(holds: Map<string, Map<string, Hold>>, orderId: string): Map<string, Hold> {
  const ofOrder = holds.get(orderId) ?? new Map<string, Hold>();
  holds.set(orderId, ofOrder);
  return ofOrder;
}
