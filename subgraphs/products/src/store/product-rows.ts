import { typeId } from '@entrepot/kernel/ids';
import type { Product } from '../domain/product.ts';

/** A row of `product` as pg reads it: 64-bit integers come as text. */
export type ProductRow = {
  id: string;
  slug: string;
  name: string;
  description: string;
  category_id: string | null;
  is_published: boolean;
  currency_code: string;
  lowest_price_minor: string;
  highest_price_minor: string;
  rating_sum: number;
  review_count: number;
  created_at: Date;
  updated_at: Date;
};

/** The columns of `ProductRow`, of a table called `p`. */
export const productColumns = `p.id, p.slug, p.name, p.description, p.category_id, p.is_published, p.currency_code,
  p.lowest_price_minor, p.highest_price_minor, p.rating_sum, p.review_count, p.created_at, p.updated_at`;

export function toProduct(row: ProductRow): Product {
  return {
    id: typeId('prod', row.id),
    slug: row.slug,
    name: row.name,
    description: row.description,
    categoryId: row.category_id === null ? undefined : typeId('cat', row.category_id),
    isPublished: row.is_published,
    currencyCode: row.currency_code,
    lowestPriceMinor: BigInt(row.lowest_price_minor),
    highestPriceMinor: BigInt(row.highest_price_minor),
    ratingSum: row.rating_sum,
    reviewCount: row.review_count,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
