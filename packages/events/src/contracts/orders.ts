import { z } from 'zod';
import { defineEvent } from '../contract.ts';

const purges = ({ orderId }: { orderId: string }) => [`Order:${orderId}`];
const audience = ({ customerId }: { customerId?: string | undefined }) =>
  customerId === undefined ? [] : [customerId];
const key = ({ orderId }: { orderId: string }) => orderId;

/** An order was placed and asks for its stock. */
export const OrderPlaced = defineEvent({
  type: 'order.placed.v1',
  topic: 'orders',
  schema: z.object({
    orderId: z.string(),
    customerId: z.string(),
    number: z.string(),
    currencyCode: z.string(),
    totalMinor: z.string(),
    lines: z.array(
      z.object({
        lineId: z.string(),
        variantId: z.string(),
        sku: z.string(),
        quantity: z.number().int(),
        /** What the order pays for one: refused when it is not the price any more. */
        unitPriceMinor: z.string(),
      }),
    ),
  }),
  key,
  purges,
  audience,
});
export type OrderPlaced = z.infer<typeof OrderPlaced.schema>;

/** An order was paid in full. */
export const OrderPaid = defineEvent({
  type: 'order.paid.v1',
  topic: 'orders',
  schema: z.object({
    orderId: z.string(),
    customerId: z.string(),
    currencyCode: z.string(),
    totalMinor: z.string(),
    lines: z.array(z.object({ variantId: z.string(), sku: z.string(), quantity: z.number().int() })),
  }),
  key,
  purges,
  audience,
});
export type OrderPaid = z.infer<typeof OrderPaid.schema>;

/** Some of an order was cancelled: give back so many of its reservation. */
export const OrderLinesCancelled = defineEvent({
  type: 'order.lines-cancelled.v1',
  topic: 'orders',
  schema: z.object({
    orderId: z.string(),
    /** Left out by producers of before there was this field. */
    customerId: z.string().optional(),
    lines: z.array(z.object({ variantId: z.string(), quantity: z.number().int() })),
  }),
  key,
  purges,
  audience,
});
export type OrderLinesCancelled = z.infer<typeof OrderLinesCancelled.schema>;

/** An order ended without being shipped: give back what is still reserved for it. */
export const OrderCancelled = defineEvent({
  type: 'order.cancelled.v1',
  topic: 'orders',
  schema: z.object({ orderId: z.string(), customerId: z.string(), reason: z.string() }),
  key,
  purges,
  audience,
});
export type OrderCancelled = z.infer<typeof OrderCancelled.schema>;

/** An order left the warehouse: what is still reserved for it is gone from the stock. */
export const OrderShipped = defineEvent({
  type: 'order.shipped.v1',
  topic: 'orders',
  schema: z.object({ orderId: z.string(), customerId: z.string() }),
  key,
  purges,
  audience,
});
export type OrderShipped = z.infer<typeof OrderShipped.schema>;
