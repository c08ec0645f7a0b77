import { event, type OutboxEvent } from '@entrepot/events/contract';
import {
  OrderCancelled,
  OrderLinesCancelled,
  OrderPaid,
  OrderPlaced,
  OrderShipped,
} from '@entrepot/events/contracts/orders';
import { type Announcement, leftOf, type Order } from '../domain/order.ts';

/** What the rest of the shop is told of an order, as its contracts have it. */
export function toEvent(order: Order, announcement: Announcement): OutboxEvent {
  const { id: orderId, customerId, currencyCode } = order;
  const totalMinor = order.totalMinor.toString();
  switch (announcement.type) {
    case 'placed':
      return event(OrderPlaced, {
        orderId,
        customerId,
        number: order.number,
        currencyCode,
        totalMinor,
        lines: order.lines.map(({ id: lineId, variantId, sku, quantity, unitPriceMinor }) => {
          return { lineId, variantId, sku, quantity, unitPriceMinor: unitPriceMinor.toString() };
        }),
      });
    case 'paid':
      return event(OrderPaid, {
        orderId,
        customerId,
        currencyCode,
        totalMinor,
        lines: order.lines.map((line) => ({ variantId: line.variantId, sku: line.sku, quantity: leftOf(line) })),
      });
    case 'lines-cancelled':
      return event(OrderLinesCancelled, { orderId, customerId, lines: [...announcement.lines] });
    case 'cancelled':
      return event(OrderCancelled, { orderId, customerId, reason: order.cancellationReason ?? 'REQUESTED' });
    case 'shipped':
      return event(OrderShipped, { orderId, customerId });
  }
}
