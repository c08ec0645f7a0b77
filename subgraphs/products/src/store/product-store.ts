import type { SqlExecutor } from '@entrepot/database/transaction';
import { newUuid, requireUuid, typeId } from '@entrepot/kernel/ids';
import { type Problem, Rejection } from '@entrepot/kernel/rejection';
import {
  changeProduct,
  draftProduct,
  type NewProduct,
  type Product,
  type ProductChange,
  type ProductDraft,
} from '../domain/product.ts';
import { rejectIfAny } from '../domain/reject.ts';
import { otherSlugOf, slugOf } from '../domain/slug.ts';
import { productAnnouncement, variantAnnouncement } from './announcements.ts';
import {
  insertVariants,
  skuTaken,
  takenSkus,
  toVersioned,
  type VersionedRow,
  versionedColumns,
} from './new-variants.ts';
import { type ProductRow, productColumns, toProduct } from './product-rows.ts';
import { onConflict } from './unique.ts';
import type { Write } from './writes.ts';

const slugTaken = (slug: string): Problem => ({
  code: 'SLUG_TAKEN',
  message: `another product has the slug ${slug}`,
  path: ['input', 'slug'],
});

const someSkuTaken: Problem = {
  code: 'SKU_TAKEN',
  message: 'another variant has just been given one of these SKUs',
  path: ['input', 'variants'],
};

/** Adds and changes products, each with its variants' events in one transaction. */
export function createProductStore(write: Write) {
  return {
    create: (draft: ProductDraft, now: Date): Promise<string> =>
      onConflict({ variant_sku_key: someSkuTaken }, () =>
        write(async (tx) => {
          const product = draftProduct(draft);
          const uuid = newUuid(now);
          const id = typeId('prod', uuid);
          rejectIfAny([
            ...(await takenSkus(tx, product.variants)).map((variant) =>
              skuTaken(variant.sku, ['input', 'variants', String(product.variants.indexOf(variant))]),
            ),
            ...(await unknownCategory(tx, product.categoryId)),
          ]);
          const slug = await insertWithSlug(tx, product, id, now);
          const variants = await insertVariants(tx, uuid, 0, product.variants, now);
          const announced = { id, slug, name: product.name, isPublished: product.isPublished };
          return { result: id, events: variants.map((variant) => variantAnnouncement(announced, variant)) };
        }),
      ),

    change: (id: string, change: ProductChange, now: Date): Promise<string> =>
      onConflict({ product_slug_key: slugTaken(change.slug ?? '') }, () =>
        write(async (tx) => {
          const before = await lockProduct(tx, id);
          if (!before) throw new Rejection('NOT_FOUND', `there is no product ${id}`, ['input', 'id']);
          const { product, changes } = changeProduct(before, change);
          const problems = await unknownCategory(tx, change.categoryId ?? undefined);
          rejectIfAny(problems);
          if (!changes.any) return { result: id, events: [] };

          await saveProduct(tx, product, now);
          const variants = changes.variants ? await bumpVariants(tx, id) : [];
          const told = variants.map((variant) => variantAnnouncement(product, variant));
          return { result: id, events: told.length > 0 ? told : [productAnnouncement(id)] };
        }),
      ),
  };
}

/** Locks a product against every other write to it or its variants, so that their events are in the order of the writes. */
export async function lockProduct(tx: SqlExecutor, id: string): Promise<Product | undefined> {
  const text = `SELECT ${productColumns} FROM product p WHERE p.id = $1 FOR UPDATE`;
  const { rows } = await tx.query<ProductRow>(text, [requireUuid('prod', id)]);
  return rows[0] && toProduct(rows[0]);
}

async function saveProduct(tx: SqlExecutor, product: Product, now: Date): Promise<void> {
  const { slug, name, description, categoryId, isPublished } = product;
  const category = categoryId === undefined ? null : requireUuid('cat', categoryId);
  await tx.query(
    `UPDATE product SET slug = $2, name = $3, name_key = $4, description = $5, category_id = $6, is_published = $7,
      updated_at = $8 WHERE id = $1`,
    [requireUuid('prod', product.id), slug, name, name.toLowerCase(), description, category, isPublished, now],
  );
}

async function bumpVariants(tx: SqlExecutor, productId: string) {
  const text = `UPDATE variant v SET version = v.version + 1 FROM stock s
    WHERE v.product_id = $1 AND s.variant_id = v.id RETURNING ${versionedColumns}`;
  return (await tx.query<VersionedRow>(text, [requireUuid('prod', productId)])).rows.map(toVersioned);
}

/** Adds the product under the slug asked for, or under a free one made of its name; gives the slug. */
async function insertWithSlug(tx: SqlExecutor, product: NewProduct, id: string, now: Date): Promise<string> {
  const slug = product.slug ?? slugOf(product.name);
  if (slug !== '' && (await insertProduct(tx, product, { id, slug }, now))) return slug;
  if (product.slug !== undefined) throw Rejection.all([slugTaken(slug)]);
  const other = otherSlugOf(product.name, id);
  await insertProduct(tx, product, { id, slug: other }, now);
  return other;
}

/** False when another product has the slug, one that is just being added included. Its variants fill in the prices. */
async function insertProduct(tx: SqlExecutor, product: NewProduct, as: { id: string; slug: string }, now: Date) {
  const { name, description, categoryId, isPublished, variants } = product;
  const { rowCount } = await tx.query(
    `INSERT INTO product (id, slug, name, name_key, description, category_id, is_published, currency_code,
      lowest_price_minor, highest_price_minor, variant_words, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, '', $9, $9) ON CONFLICT (slug) DO NOTHING`,
    [
      requireUuid('prod', as.id),
      as.slug,
      name,
      name.toLowerCase(),
      description,
      categoryId === undefined ? null : requireUuid('cat', categoryId),
      isPublished,
      variants[0]?.price.currency,
      now,
    ],
  );
  return rowCount === 1;
}

async function unknownCategory(tx: SqlExecutor, categoryId: string | undefined): Promise<Problem[]> {
  if (categoryId === undefined) return [];
  // A share lock: the category must still be there when the product is committed.
  const text = 'SELECT 1 FROM category WHERE id = $1 FOR KEY SHARE';
  const { rows } = await tx.query(text, [requireUuid('cat', categoryId)]);
  if (rows.length > 0) return [];
  const message = `there is no category ${categoryId}`;
  return [{ code: 'UNKNOWN_CATEGORY', message, path: ['input', 'categoryId'] }];
}
