import type { SqlExecutor } from '@entrepot/database/transaction';
import type { OutboxEvent } from '@entrepot/events/contract';
import { claim } from '@entrepot/events/inbox';
import { requireUuid } from '@entrepot/kernel/ids';
import { runWithTrace } from '@entrepot/telemetry/trace';
import { type OrderEvent, type Settlement, settle } from '../domain/reservations.ts';
import { answerAnnouncement, levelAnnouncement } from './announcements.ts';
import { readDecisions, readHolds, writeDecisions, writeHolds } from './order-rows.ts';
import { lockOffers, writeLevels, writeMovements } from './stock-rows.ts';
import type { Write } from './writes.ts';

/** An event as it arrived, with the id that makes a repeat recognisable, and the trace of who caused it. */
export type Received = { id: string; order: OrderEvent; traceparent?: string | undefined };

const CONSUMER = 'products.reservations';

/** Settles what happens to orders against the stock. */
export function createReservationStore(write: Write) {
  return {
    /**
     * Settles a batch in one transaction: however many orders want the same variant, its row is locked and written once.
     * Events seen before change nothing. Returns those that nothing is known of here.
     */
    settle: (received: readonly Received[], now: Date): Promise<Settlement['strays']> =>
      write(async (tx) => {
        const fresh = await claim(tx, CONSUMER, received);
        // By id: a log may also repeat an event within a batch.
        const unseen = [...new Map(received.map((each) => [each.id, each])).values()].filter(({ id }) => fresh.has(id));
        const events = unseen.map(({ order }) => order);
        if (events.length === 0) return { result: [], events: [] };

        const orderUuids = [...new Set(events.map(({ orderId }) => requireUuid('ord', orderId)))].sort();
        const decisions = await readDecisions(tx, orderUuids);
        // Orders that were never decided hold nothing: for a batch of new orders the look-up is spared.
        const holds = decisions.size > 0 ? await readHolds(tx, orderUuids) : [];
        const offers = await lockOffers(tx, variantUuids(events, holds));

        const settlement = settle({ offers, decisions, holds }, events);
        const levels = await save(tx, settlement, { offers, decisions }, now);
        return { result: settlement.strays, events: [...announceAnswers(settlement, unseen), ...levels] };
      }),
  };
}

export type ReservationStore = ReturnType<typeof createReservationStore>;

type Locked = {
  offers: Awaited<ReturnType<typeof lockOffers>>;
  decisions: Awaited<ReturnType<typeof readDecisions>>;
};

async function save(tx: SqlExecutor, settlement: Settlement, known: Locked, now: Date): Promise<OutboxEvent[]> {
  const { offers } = known;
  const { decisions, holds, movements } = settlement;
  const levels = await writeLevels(tx, movements);
  await writeMovements(tx, movements, now);
  await writeHolds(tx, holds);
  await writeDecisions(tx, decisions, known.decisions, now);
  return levels.map((level) =>
    levelAnnouncement({ ...level, productId: offers.get(level.variantId)?.productId ?? '' }),
  );
}

/** Each answer goes on in the trace of the request that placed its order. */
function announceAnswers({ answers }: Settlement, received: readonly Received[]): OutboxEvent[] {
  const traces = new Map(received.map(({ order, traceparent }) => [order.orderId, traceparent]));
  return answers.map((answer) => runWithTrace(traces.get(answer.orderId), () => answerAnnouncement(answer)));
}

/** Every variant that the events may touch, once. */
function variantUuids(events: readonly OrderEvent[], holds: readonly { variantId: string }[]): string[] {
  const wanted = events.flatMap((each) => (each.type === 'PLACED' ? each.lines : []));
  const ids = new Set([...wanted, ...holds].map(({ variantId }) => variantId));
  return [...ids].map((id) => requireUuid('var', id));
}
