import { z } from 'zod';
import { defineEvent } from '../contract.ts';

/** How many of a variant can be bought has changed. */
export const StockLevelChanged = defineEvent({
  type: 'stock.level-changed.v1',
  topic: 'stock-levels',
  schema: z.object({
    variantId: z.string(),
    productId: z.string(),
    available: z.number().int(),
    version: z.number().int(),
  }),
  key: ({ variantId }) => variantId,
  purges: ({ variantId }) => [`ProductVariant:${variantId}`],
});
export type StockLevelChanged = z.infer<typeof StockLevelChanged.schema>;

/** Everything an order asks for is reserved for it. */
export const StockReserved = defineEvent({
  type: 'stock.reserved.v1',
  topic: 'reservations',
  schema: z.object({
    orderId: z.string(),
    lines: z.array(z.object({ variantId: z.string(), quantity: z.number().int() })),
  }),
  key: ({ orderId }) => orderId,
  purges: () => [],
});
export type StockReserved = z.infer<typeof StockReserved.schema>;

export const REFUSALS = ['OUT_OF_STOCK', 'PRICE_CHANGED', 'NOT_SOLD'] as const;

/** Nothing of an order is reserved, because some of it cannot be. */
export const StockRefused = defineEvent({
  type: 'stock.refused.v1',
  topic: 'reservations',
  schema: z.object({
    orderId: z.string(),
    reason: z.enum(REFUSALS),
    /** What could not be reserved. */
    lines: z.array(z.object({ sku: z.string(), requested: z.number().int(), available: z.number().int() })),
  }),
  key: ({ orderId }) => orderId,
  purges: () => [],
});
export type StockRefused = z.infer<typeof StockRefused.schema>;
