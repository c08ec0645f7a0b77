import { hash } from 'node:crypto';
import { decodeCursor, encodeCursor } from '@entrepot/kernel/cursor';
import { type Connection, type Page, toConnection } from '@entrepot/kernel/page';
import type { Product } from '../domain/product.ts';
import type { ProductFilter, ProductList } from '../domain/product-list.ts';
import { checkPosition, type Position } from './keyset.ts';
import { countStatement, keysets, pageStatement } from './product-list-sql.ts';
import { type ProductRow, toProduct } from './product-rows.ts';
import type { Reads } from './reads.ts';

/** A page of products; the count is taken only when it is asked for. */
export type ProductPage = Connection<Product> & { totalCount: () => Promise<number> };
type KeyedRow = ProductRow & { key_0: string; key_1: string; key_2?: string };

/** Pages of products by keyset: the hundredth page costs what the first does, and no row is seen twice or missed. */
export function createProductListStore(reads: Reads) {
  return {
    page: async ({ filter, sort }: ProductList, page: Page): Promise<ProductPage> => {
      const keys = keysets[sort.field];
      const list = listName({ filter, sort });
      const read = (cursor: string | undefined) =>
        cursor === undefined ? undefined : checkPosition(keys, decodeCursor(list, cursor));
      const { limit, isBackward, after, before } = page;
      const span = { limit: limit + 1, isBackward, after: read(after), before: read(before) };

      const { text, values } = pageStatement(filter, sort, span);
      const rows = await reads.query<KeyedRow>(preparedName(filter, text), text, values);
      const found = rows.map((row) => ({ product: toProduct(row), position: positionOf(row) }));
      const positions = new Map(found.map(({ product, position }) => [product, position]));
      const cursorOf = (product: Product) => encodeCursor(list, positions.get(product) ?? []);
      const products = found.map(({ product }) => product);
      const connection = toConnection({ rows: isBackward ? products.reverse() : products, page, cursorOf });
      return { ...connection, totalCount: () => count(reads, { filter, sort }) };
    },
  };
}

async function count(reads: Reads, { filter }: ProductList): Promise<number> {
  const { text, values } = countStatement(filter);
  const [row] = await reads.query<{ count: number }>(undefined, text, values);
  return row?.count ?? 0;
}

/**
 * The lists that a shop window shows are planned once a connection, which saves a third of their CPU. Those with a search
 * or a price are planned for what is asked: how many products match decides how they are best found.
 */
function preparedName({ search, minPrice, maxPrice, isAvailable }: ProductFilter, text: string): string | undefined {
  const isPlain = [search, minPrice, maxPrice, isAvailable].every((condition) => condition === undefined);
  return isPlain ? `products-${hash('sha1', text, 'base64url')}` : undefined;
}

/** A cursor is good for one filter and sort only, so both are part of its list's name; hashed, as a search may be long. */
function listName({ filter, sort }: ProductList): string {
  const { minPrice, maxPrice, ...plain } = filter;
  const prices = [minPrice, maxPrice].map((price) => price && [price.currency, String(price.minor)]);
  return `products ${hash('sha1', JSON.stringify([sort, plain, prices]), 'base64url').slice(0, 12)}`;
}

const positionOf = ({ key_0, key_1, key_2 }: KeyedRow): Position =>
  key_2 === undefined ? [key_0, key_1] : [key_0, key_1, key_2];
