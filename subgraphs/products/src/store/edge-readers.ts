import { requireUuid, typeId } from '@entrepot/kernel/ids';
import type { Product } from '../domain/product.ts';
import type { Review } from '../domain/review.ts';
import type { BookedMovement, MovementKind } from '../domain/stock.ts';
import { createEdgePages, type EdgePages } from './edge-pages.ts';
import { binder, type Keyset, positionCondition } from './keyset.ts';
import { type ProductRow, productColumns, toProduct } from './product-rows.ts';
import type { Reads } from './reads.ts';
import { type ReviewRow, reviewColumns, toReview } from './review-store.ts';

const reviewKeys: Keyset = [
  { column: 'r.written_at', type: 'timestamptz' },
  { column: 'r.id', type: 'uuid' },
];

/** Reviews of products, newest first. */
export function createReviewPages(reads: Reads): EdgePages<Review> {
  return createEdgePages('reviews', reviewKeys, async (productIds, limit, after) => {
    const { values, bind } = binder();
    const parents = bind(productIds.map((id) => requireUuid('prod', id)));
    const beyond = after ? `AND ${positionCondition(reviewKeys, after, '<', bind)}` : '';
    const text = `SELECT e.* FROM unnest(${parents}::uuid[]) AS parent(id) CROSS JOIN LATERAL (
        SELECT ${reviewColumns}, r.written_at::text AS key FROM review r WHERE r.product_id = parent.id ${beyond}
        ORDER BY r.written_at DESC, r.id DESC LIMIT ${bind(limit)}) e
      ORDER BY e."writtenAt" DESC, e.id DESC`;
    const rows = await reads.query<ReviewRow & { key: string }>(undefined, text, values);
    return rows.map((row) => {
      const node = toReview(row);
      return { parentId: node.productId, node, position: [row.key, row.id] };
    });
  });
}

// Movement ids are version 7 UUIDs: in the order of their times.
const movementKeys: Keyset = [{ column: 'm.id', type: 'uuid' }];
type MovementRow = {
  id: string;
  variant_id: string;
  kind: MovementKind;
  on_hand_change: number;
  reserved_change: number;
  order_id: string | null;
  note: string | null;
  at: Date;
};

/** The stock ledgers of variants, newest first. */
export function createMovementPages(reads: Reads): EdgePages<BookedMovement> {
  return createEdgePages('movements', movementKeys, async (variantIds, limit, after) => {
    const { values, bind } = binder();
    const parents = bind(variantIds.map((id) => requireUuid('var', id)));
    const beyond = after ? `AND ${positionCondition(movementKeys, after, '<', bind)}` : '';
    const text = `SELECT e.* FROM unnest(${parents}::uuid[]) AS parent(id) CROSS JOIN LATERAL (
        SELECT m.* FROM stock_movement m WHERE m.variant_id = parent.id ${beyond}
        ORDER BY m.id DESC LIMIT ${bind(limit)}) e
      ORDER BY e.id DESC`;
    const rows = await reads.query<MovementRow>(undefined, text, values);
    return rows.map((row) => ({ parentId: typeId('var', row.variant_id), node: toMovement(row), position: [row.id] }));
  });
}

const categoryKeys: Keyset = [
  { column: 'p.name_key', type: 'text' },
  { column: 'p.id', type: 'uuid' },
];

/** The published products of categories and of those below them, by name. */
export function createCategoryProductPages(reads: Reads): EdgePages<Product> {
  return createEdgePages('category', categoryKeys, async (categoryIds, limit, after) => {
    const { values, bind } = binder();
    const parents = bind(categoryIds.map((id) => requireUuid('cat', id)));
    const beyond = after ? `AND ${positionCondition(categoryKeys, after, '>', bind)}` : '';
    const text = `SELECT parent.id AS parent_id, e.* FROM unnest(${parents}::uuid[]) AS parent(id) CROSS JOIN LATERAL (
        SELECT ${productColumns}, p.name_key FROM product p
        WHERE p.category_id = ANY(ARRAY(${categoriesBelowParent})) AND p.is_published ${beyond}
        ORDER BY p.name_key, p.id LIMIT ${bind(limit)}) e
      ORDER BY e.name_key, e.id`;
    const rows = await reads.query<ProductRow & { parent_id: string; name_key: string }>(undefined, text, values);
    return rows.map((row) => {
      const parentId = typeId('cat', row.parent_id);
      return { parentId, node: toProduct(row), position: [row.name_key, row.id] };
    });
  });
}

/** How many published products each category has, counted up to 10,000. */
export async function countCategoryProducts(reads: Reads, categoryIds: readonly string[]) {
  const rows = await reads.query<{ id: string; count: number }>(
    'category-counts',
    `SELECT parent.id, (SELECT count(*)::int FROM (SELECT 1 FROM product p
        WHERE p.category_id = ANY(ARRAY(${categoriesBelowParent})) AND p.is_published LIMIT 10000) m) AS count
    FROM unnest($1::uuid[]) AS parent(id)`,
    [categoryIds.map((id) => requireUuid('cat', id))],
  );
  return rows.map(({ id, count }) => ({ categoryId: typeId('cat', id), count }));
}

const categoriesBelowParent = `WITH RECURSIVE below AS (
  SELECT parent.id UNION SELECT c.id FROM category c JOIN below b ON c.parent_id = b.id) SELECT id FROM below`;

const toMovement = (row: MovementRow): BookedMovement => ({
  id: typeId('mov', row.id),
  variantId: typeId('var', row.variant_id),
  kind: row.kind,
  onHandChange: row.on_hand_change,
  reservedChange: row.reserved_change,
  orderId: row.order_id === null ? undefined : typeId('ord', row.order_id),
  note: row.note ?? undefined,
  at: row.at,
});
