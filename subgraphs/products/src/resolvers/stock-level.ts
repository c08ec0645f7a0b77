import type { Complete } from '@entrepot/service/complete';
import { available, type BookedMovement, type Level } from '../domain/stock.ts';
import type { StockLevelResolvers, StockMovementResolvers } from '../generated/graphql.ts';

export type StockLevelModel = Level & { variantId: string };

export const StockLevel: Complete<StockLevelResolvers, StockLevelModel> = {
  available: (level) => available(level),
  movements: ({ variantId }, page, { movementPages }) => movementPages.load(variantId, page),
};

export const StockMovement: Complete<StockMovementResolvers, BookedMovement> = {};
