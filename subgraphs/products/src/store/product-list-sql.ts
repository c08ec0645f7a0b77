import type { ProductFilter, Sort } from '../domain/product-list.ts';
import { type Bind, binder, type Keyset, type Position, positionCondition } from './keyset.ts';
import { productColumns } from './product-rows.ts';

/** Which rows of a list: the first (or last) so many between two positions. */
export type Span = { limit: number; isBackward: boolean; after: Position | undefined; before: Position | undefined };
export type Statement = { text: string; values: unknown[] };

/** No list is counted, and no search ranked, further than this. */
const MOST_MATCHES = 10_000;

const id = { column: 'p.id', type: 'uuid' } as const;

/** What each order compares, the id last so that no two rows are equal. Each has an index of these columns. */
export const keysets: Record<Sort['field'], Keyset> = {
  NAME: [{ column: 'p.name_key', type: 'text' }, id],
  // By currency first: amounts of different currencies are never compared.
  PRICE: [{ column: 'p.currency_code', type: 'text' }, { column: 'p.lowest_price_minor', type: 'bigint' }, id],
  CREATED_AT: [{ column: 'p.created_at', type: 'timestamptz' }, id],
  RELEVANCE: [
    { column: 'm.rank', type: 'real' },
    { column: 'm.id', type: 'uuid' },
  ],
};

/** The rows of one page in the order of the walk, `key_0`… being what their cursors are made of. */
export function pageStatement(filter: ProductFilter, sort: Sort, span: Span): Statement {
  const { values, bind } = binder();
  const keys = keysets[sort.field];
  const isAscending = sort.direction === 'ASC';
  const beyond = [
    ...(span.after ? [positionCondition(keys, span.after, isAscending ? '>' : '<', bind)] : []),
    ...(span.before ? [positionCondition(keys, span.before, isAscending ? '<' : '>', bind)] : []),
  ];
  const walk = isAscending === span.isBackward ? 'DESC' : 'ASC';
  const ordered = `ORDER BY ${keys.map(({ column }) => `${column} ${walk}`).join(', ')}`;
  const keyColumns = keys.map(({ column }, index) => `${column}::text AS key_${index}`).join(', ');

  if (sort.field !== 'RELEVANCE') {
    const conditions = allOf([...filterConditions(filter, bind), ...beyond]);
    const text = `SELECT ${productColumns}, ${keyColumns} FROM product p ${conditions} ${ordered} LIMIT ${bind(span.limit)}`;
    return { text, values };
  }
  // Only ids and ranks are sorted; the rows are fetched for the page. Of more matches than can be ranked the newest are.
  const matches = `SELECT p.id, ts_rank('{0.1, 0.2, 0.8, 1}', p.search, ${searchQuery(filter, bind)}) AS rank
    FROM product p ${allOf(filterConditions(filter, bind))} ORDER BY p.id DESC LIMIT ${MOST_MATCHES}`;
  const page = `SELECT m.* FROM (${matches}) m ${allOf(beyond)} ${ordered} LIMIT ${bind(span.limit)}`;
  return {
    text: `SELECT ${productColumns}, ${keyColumns} FROM (${page}) m JOIN product p ON p.id = m.id ${ordered}`,
    values,
  };
}

/** How many products match, counted up to a bound. */
export function countStatement(filter: ProductFilter): Statement {
  const { values, bind } = binder();
  const matches = `SELECT 1 FROM product p ${allOf(filterConditions(filter, bind))} LIMIT ${MOST_MATCHES}`;
  return { text: `SELECT count(*)::int AS count FROM (${matches}) m`, values };
}

function filterConditions(filter: ProductFilter, bind: Bind): string[] {
  const conditions: string[] = [];
  if (filter.isPublished !== undefined) conditions.push(filter.isPublished ? 'p.is_published' : 'NOT p.is_published');
  if (filter.search !== undefined) conditions.push(`p.search @@ ${searchQuery(filter, bind)}`);
  if (filter.category !== undefined)
    conditions.push(`p.category_id = ANY(ARRAY(${categoriesBelow(bind(filter.category))}))`);
  const currency = filter.minPrice?.currency ?? filter.maxPrice?.currency;
  if (currency !== undefined) conditions.push(`p.currency_code = ${bind(currency)}`);
  if (filter.minPrice) conditions.push(`p.highest_price_minor >= ${bind(filter.minPrice.minor)}::bigint`);
  if (filter.maxPrice) conditions.push(`p.lowest_price_minor <= ${bind(filter.maxPrice.minor)}::bigint`);
  if (filter.isAvailable !== undefined) conditions.push(`${filter.isAvailable ? '' : 'NOT '}EXISTS (${inStock})`);
  return conditions;
}

const inStock = `SELECT 1 FROM variant v JOIN stock s ON s.variant_id = v.id
  WHERE v.product_id = p.id AND s.on_hand > s.reserved`;

const searchQuery = (filter: ProductFilter, bind: Bind): string =>
  `websearch_to_tsquery('english', ${bind(filter.search)})`;

const categoriesBelow = (slug: string): string => `WITH RECURSIVE below AS (
  SELECT c.id FROM category c WHERE c.slug = ${slug}
  UNION SELECT c.id FROM category c JOIN below b ON c.parent_id = b.id) SELECT id FROM below`;

const allOf = (conditions: readonly string[]): string =>
  conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
