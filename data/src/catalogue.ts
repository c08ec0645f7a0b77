import { type CategorySlug, categoryOf } from './categories.ts';
import { type Period, withinPeriod } from './invoices.ts';
import { classify, type RetailLine } from './retail-lines.ts';

/** What the shop sold under one SKU. */
export type CatalogueItem = {
  sku: string;
  name: string;
  priceMinor: bigint;
  currencyCode: 'GBP';
  category: CategorySlug;
  /** Units sold in the whole file, cancellations not deducted. */
  demand: number;
  /** Units sold within the opening period. */
  openingDemand: number;
};

/** The file's first month: what it sold decides the opening stock. */
export const OPENING_PERIOD: Period = { from: '2010-12-01', to: '2010-12-31' };

type Seen = { names: Map<string, number>; prices: Map<bigint, number>; demand: number; openingDemand: number };

/**
 * Makes the catalogue of what was sold: a SKU of every code with a sale, named by its most frequent description (so that
 * notes such as `damaged?` lose), at its most frequent price. Ties go to what comes first in code point order, and to
 * the lower price, so that the same file always makes the same catalogue. In the order of the SKUs.
 */
export function buildCatalogue(lines: Iterable<RetailLine>, opening: Period = OPENING_PERIOD): CatalogueItem[] {
  const seen = new Map<string, Seen>();
  const isWithin = withinPeriod(opening);
  for (const line of lines) {
    const classified = classify(line);
    if (classified.kind !== 'SALE') continue;
    const { sku, quantity, unitPriceMinor } = classified.goods;
    const item = seen.get(sku) ?? { names: new Map(), prices: new Map(), demand: 0, openingDemand: 0 };
    seen.set(sku, item);
    count(item.names, line.description);
    count(item.prices, unitPriceMinor);
    item.demand += quantity;
    if (isWithin(line.at)) item.openingDemand += quantity;
  }
  const skus = [...seen.keys()].sort();
  return skus.flatMap((sku) => {
    const item = seen.get(sku);
    return item ? [toItem(sku, item)] : [];
  });
}

/**
 * How many there are when the shop opens: a fifth more than the first month sold, and at least 12 for goods that sold
 * none in it. Whole numbers, rounded up.
 */
export function openingStock(item: Pick<CatalogueItem, 'openingDemand'>): number {
  return Math.max(12, Math.ceil((item.openingDemand * 6) / 5));
}

function toItem(sku: string, { names, prices, demand, openingDemand }: Seen): CatalogueItem {
  const name = mostFrequent(names) || sku;
  const priceMinor = mostFrequent(prices) ?? 0n;
  return { sku, name, priceMinor, currencyCode: 'GBP', category: categoryOf(name), demand, openingDemand };
}

function count<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function mostFrequent<K extends string | bigint>(counts: ReadonlyMap<K, number>): K | undefined {
  const ranked = [...counts].sort(([a, timesA], [b, timesB]) => timesB - timesA || (a < b ? -1 : 1));
  return ranked[0]?.[0];
}
