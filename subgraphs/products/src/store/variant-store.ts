import { requireUuid, typeId } from '@entrepot/kernel/ids';
import { Rejection } from '@entrepot/kernel/rejection';
import { MOST_VARIANTS } from '../domain/product.ts';
import { rejectIfAny } from '../domain/reject.ts';
import { checkPrice, checkVariant, type PriceInput, type VariantDraft } from '../domain/variant.ts';
import { variantAnnouncement } from './announcements.ts';
import {
  insertVariants,
  refreshProduct,
  skuTaken,
  takenSkus,
  toVersioned,
  type VersionedRow,
  versionedColumns,
} from './new-variants.ts';
import { lockProduct } from './product-store.ts';
import { onConflict } from './unique.ts';
import type { Write } from './writes.ts';

/** Adds variants and sets prices, each with its event and what the product keeps of it in one transaction. */
export function createVariantStore(write: Write) {
  return {
    add: (productId: string, draft: VariantDraft, now: Date): Promise<string> =>
      onConflict({ variant_sku_key: skuTaken(draft.sku, ['input', 'variant']) }, () =>
        write(async (tx) => {
          const product = await lockProduct(tx, productId);
          if (!product) throw new Rejection('NOT_FOUND', `there is no product ${productId}`, ['input', 'productId']);
          const productUuid = requireUuid('prod', productId);
          const { rows } = await tx.query<{ count: number }>(
            'SELECT count(*)::int AS count FROM variant WHERE product_id = $1',
            [productUuid],
          );
          const count = rows[0]?.count ?? 0;
          if (count >= MOST_VARIANTS) throw new Rejection('TOO_MANY_VARIANTS', `the product has ${count} variants`);

          const { variant, problems } = checkVariant(draft, ['input', 'variant'], product.currencyCode);
          rejectIfAny(problems);
          const drafts = variant ? [variant] : [];
          rejectIfAny((await takenSkus(tx, drafts)).map(({ sku }) => skuTaken(sku, ['input', 'variant'])));
          const added = await insertVariants(tx, productUuid, count, drafts, now);
          const events = added.map((each) => variantAnnouncement(product, each));
          return { result: added[0]?.id ?? '', events };
        }),
      ),

    setPrice: (variantId: string, input: PriceInput, now: Date): Promise<string> =>
      write(async (tx) => {
        const uuid = requireUuid('var', variantId);
        const found = await tx.query<{ product_id: string }>('SELECT product_id FROM variant WHERE id = $1', [uuid]);
        const productUuid = found.rows[0]?.product_id;
        const product = productUuid && (await lockProduct(tx, typeId('prod', productUuid)));
        if (!product) throw new Rejection('NOT_FOUND', `there is no variant ${variantId}`, ['input', 'variantId']);

        const siblings = await tx.query('SELECT 1 FROM variant WHERE product_id = $1 AND id <> $2 LIMIT 1', [
          productUuid,
          uuid,
        ]);
        // The only variant of a product may change its currency: there is no other to differ from.
        const price = checkPrice(
          input,
          ['input', 'price'],
          siblings.rows.length > 0 ? product.currencyCode : undefined,
        );
        const { rows } = await tx.query<VersionedRow>(
          `UPDATE variant v SET price_minor = $2, currency_code = $3, version = v.version + 1 FROM stock s
          WHERE v.id = $1 AND s.variant_id = v.id AND (v.price_minor, v.currency_code) <> ($2, $3)
          RETURNING ${versionedColumns}`,
          [uuid, String(price.minor), price.currency],
        );
        // The same price again changes nothing, so it tells nothing.
        if (rows.length === 0) return { result: variantId, events: [] };
        await refreshProduct(tx, productUuid, now);
        return { result: variantId, events: rows.map((row) => variantAnnouncement(product, toVersioned(row))) };
      }),
  };
}
