import type pg from 'pg';
import { createCategoryStore } from './category-store.ts';
import { createProductStore } from './product-store.ts';
import { createReservationStore } from './reservation-store.ts';
import { createReviewStore } from './review-store.ts';
import { createStockStore } from './stock-store.ts';
import { createVariantStore } from './variant-store.ts';
import { createWrite } from './writes.ts';

/** Everything that writes; `afterCommit` is called when events have been left in the outbox. */
export function createStores(pool: pg.Pool, afterCommit: () => void) {
  const write = createWrite(pool, afterCommit);
  return {
    products: createProductStore(write),
    variants: createVariantStore(write),
    stock: createStockStore(write),
    categories: createCategoryStore(write),
    reviews: createReviewStore(write),
    reservations: createReservationStore(write),
  };
}
export type Stores = ReturnType<typeof createStores>;
