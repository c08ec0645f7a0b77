import { OrderCancelled, OrderLinesCancelled, OrderPlaced, OrderShipped } from '@entrepot/events/contracts/orders';
import { type EventHandler, type Meaning, meaning, onAny } from '@entrepot/events/handlers';
import type { Logger } from '@entrepot/telemetry/logger';
import type { OrderEvent } from '../domain/reservations.ts';
import type { ReservationStore } from '../store/reservation-store.ts';

const meanings: Meaning<OrderEvent>[] = [
  meaning(OrderPlaced, toPlaced),
  meaning(OrderLinesCancelled, ({ orderId, lines }) => ({ type: 'LINES_CANCELLED', orderId, lines })),
  meaning(OrderCancelled, ({ orderId }) => ({ type: 'CANCELLED', orderId })),
  meaning(OrderShipped, ({ orderId }) => ({ type: 'SHIPPED', orderId })),
];

/** What happens to orders moves stock: each run of events is settled in one transaction, and each event once. */
export function onOrderEvents(reservations: ReservationStore, logger: Logger): EventHandler {
  return onAny(meanings, async (events) => {
    const received = events.map(({ value, ...event }) => ({ ...event, order: value }));
    for (const stray of await reservations.settle(received, new Date())) {
      logger.warn({ orderId: stray.orderId, type: stray.type }, 'no stock was ever asked for by this order');
    }
  });
}

function toPlaced({ orderId, currencyCode, lines }: OrderPlaced): OrderEvent {
  const priced = lines.map(({ unitPriceMinor, ...line }) => ({ ...line, unitPriceMinor: BigInt(unitPriceMinor) }));
  return { type: 'PLACED', orderId, currencyCode, lines: priced };
}
