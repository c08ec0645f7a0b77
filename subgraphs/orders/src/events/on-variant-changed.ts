import { VariantChanged } from '@entrepot/events/contracts/catalogue';
import { onMany } from '@entrepot/events/handlers';
import type { CatalogueStore } from '../store/catalogue-store.ts';

/** Keeps the projection of the catalogue. Repeats and latecomers are harmless: each variant's version guards it. */
export const onVariantChanged = (catalogue: CatalogueStore) =>
  onMany(VariantChanged, (events) => catalogue.learn(events.map(({ data }) => data)));
