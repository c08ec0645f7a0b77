import { Fault } from '@entrepot/kernel/fault';
import { type Money, parseMoney } from '@entrepot/money/money';
import { isStorable } from './text.ts';
import type { PriceInput } from './variant.ts';

export type SortField = 'NAME' | 'PRICE' | 'CREATED_AT' | 'RELEVANCE';
export type Sort = { field: SortField; direction: 'ASC' | 'DESC' };
export type ProductFilter = {
  search: string | undefined;
  category: string | undefined;
  minPrice: Money | undefined;
  maxPrice: Money | undefined;
  isAvailable: boolean | undefined;
  isPublished: boolean | undefined;
};
/** A list that may be asked for. Its cursors are good for exactly this filter and sort. */
export type ProductList = { filter: ProductFilter; sort: Sort };

export type FilterInput = {
  search?: string | null;
  category?: string | null;
  minPrice?: PriceInput | null;
  maxPrice?: PriceInput | null;
  isAvailable?: boolean | null;
  isPublished?: boolean | null;
};

const LONGEST_SEARCH = 200;

/** Reads what a caller wants to see; shoppers see published products only, and may not ask for others. */
export function productList(where: FilterInput, orderBy: Sort | undefined, seesUnpublished: boolean): ProductList {
  if (where.isPublished === false && !seesUnpublished) {
    throw new Fault('FORBIDDEN', 'only the back office (role CATALOGUE_MANAGER) may ask for unpublished products');
  }
  const search = searchOf(where.search);
  const minPrice = priceOf(where.minPrice, 'minPrice');
  const maxPrice = priceOf(where.maxPrice, 'maxPrice');
  if (minPrice && maxPrice && minPrice.currency !== maxPrice.currency) {
    throw new Fault('INVALID_ARGUMENT', 'where.minPrice and where.maxPrice must be in one currency');
  }
  const filter = {
    search,
    category: where.category ?? undefined,
    minPrice,
    maxPrice,
    isAvailable: where.isAvailable ?? undefined,
    isPublished: seesUnpublished ? (where.isPublished ?? undefined) : true,
  };
  return { filter, sort: sortOf(orderBy, search) };
}

function sortOf(orderBy: Sort | undefined, search: string | undefined): Sort {
  if (!orderBy)
    return search === undefined ? { field: 'NAME', direction: 'ASC' } : { field: 'RELEVANCE', direction: 'DESC' };
  if (orderBy.field !== 'RELEVANCE') return orderBy;
  if (search === undefined) throw new Fault('INVALID_ARGUMENT', 'orderBy RELEVANCE needs where.search');
  // Nobody looks for the worst match, and ASC is what a caller gets who gives no direction.
  return { field: 'RELEVANCE', direction: 'DESC' };
}

function searchOf(search: string | null | undefined): string | undefined {
  const text = search?.trim();
  if (!text) return undefined;
  if ([...text].length > LONGEST_SEARCH || !isStorable(text)) {
    throw new Fault('INVALID_ARGUMENT', `where.search may have ${LONGEST_SEARCH} characters, and no NUL`);
  }
  return text;
}

function priceOf(price: PriceInput | null | undefined, field: string): Money | undefined {
  if (!price) return undefined;
  const parsed = parseMoney(price);
  if (parsed.ok) return parsed.money;
  throw new Fault('INVALID_ARGUMENT', `where.${field}: ${parsed.problem}`);
}
