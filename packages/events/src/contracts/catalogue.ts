import { z } from 'zod';
import { defineEvent } from '../contract.ts';

/** A variant was added or changed: all that others need to know to sell it. */
export const VariantChanged = defineEvent({
  type: 'catalogue.variant-changed.v1',
  topic: 'catalogue',
  schema: z.object({
    variantId: z.string(),
    productId: z.string(),
    sku: z.string(),
    productName: z.string(),
    variantName: z.string(),
    slug: z.string(),
    priceMinor: z.string(),
    currencyCode: z.string(),
    /** Whether shoppers may buy it: its product is published. */
    isSold: z.boolean(),
    /** Grows with every change: an older one that comes late changes nothing. */
    version: z.number().int(),
  }),
  key: ({ variantId }) => variantId,
  purges: ({ variantId, productId }) => [`ProductVariant:${variantId}`, `Product:${productId}`, 'Product'],
});
export type VariantChanged = z.infer<typeof VariantChanged.schema>;

/** A product's own fields changed, or it was added. */
export const ProductChanged = defineEvent({
  type: 'catalogue.product-changed.v1',
  topic: 'catalogue',
  schema: z.object({ productId: z.string() }),
  key: ({ productId }) => productId,
  purges: ({ productId }) => [`Product:${productId}`, 'Product'],
});
export type ProductChanged = z.infer<typeof ProductChanged.schema>;

/** A category was added or changed. */
export const CategoryChanged = defineEvent({
  type: 'catalogue.category-changed.v1',
  topic: 'catalogue',
  schema: z.object({ categoryId: z.string() }),
  key: ({ categoryId }) => categoryId,
  purges: ({ categoryId }) => [`Category:${categoryId}`, 'Category'],
});
export type CategoryChanged = z.infer<typeof CategoryChanged.schema>;

/** A review was written or replaced. */
export const ReviewChanged = defineEvent({
  type: 'catalogue.review-changed.v1',
  topic: 'catalogue',
  schema: z.object({ productId: z.string(), reviewId: z.string() }),
  key: ({ productId }) => productId,
  purges: ({ productId, reviewId }) => [`Review:${reviewId}`, `Product:${productId}`],
});
export type ReviewChanged = z.infer<typeof ReviewChanged.schema>;
