import { event, type OutboxEvent } from '@entrepot/events/contract';
import { CategoryChanged, ProductChanged, ReviewChanged, VariantChanged } from '@entrepot/events/contracts/catalogue';
import { StockLevelChanged, StockRefused, StockReserved } from '@entrepot/events/contracts/stock';
import type { Product } from '../domain/product.ts';
import type { Answer } from '../domain/reservations.ts';
import type { Variant } from '../domain/variant.ts';

/** A variant with the number of its latest change. */
export type VersionedVariant = Variant & { version: number };

export const variantAnnouncement = (
  product: Pick<Product, 'id' | 'name' | 'slug' | 'isPublished'>,
  variant: Pick<VersionedVariant, 'id' | 'sku' | 'name' | 'price' | 'version'>,
): OutboxEvent =>
  event(VariantChanged, {
    variantId: variant.id,
    productId: product.id,
    sku: variant.sku,
    productName: product.name,
    variantName: variant.name,
    slug: product.slug,
    priceMinor: String(variant.price.minor),
    currencyCode: variant.price.currency,
    isSold: product.isPublished,
    version: variant.version,
  });

export const productAnnouncement = (productId: string): OutboxEvent => event(ProductChanged, { productId });

export const categoryAnnouncement = (categoryId: string): OutboxEvent => event(CategoryChanged, { categoryId });

export const reviewAnnouncement = (productId: string, reviewId: string): OutboxEvent =>
  event(ReviewChanged, { productId, reviewId });

export const levelAnnouncement = (level: {
  variantId: string;
  productId: string;
  available: number;
  version: number;
}): OutboxEvent => event(StockLevelChanged, level);

/** What an order is told that asked for stock. */
export function answerAnnouncement(answer: Answer): OutboxEvent {
  const { orderId } = answer;
  if (answer.type === 'RESERVED') return event(StockReserved, { orderId, lines: [...answer.lines] });
  const { reason, lines } = answer.refusal;
  return event(StockRefused, { orderId, reason, lines: [...lines] });
}
