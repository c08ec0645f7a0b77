import type { Complete } from '@entrepot/service/complete';
import { averageRating, type Product as ProductModel } from '../domain/product.ts';
import type { PriceRangeResolvers, ProductResolvers } from '../generated/graphql.ts';

export const Product: Complete<ProductResolvers, ProductModel> = {
  __resolveReference: ({ id }, { productById }) => productById.load(id),
  category: ({ categoryId }, _, { categoryById }) => (categoryId === undefined ? null : categoryById.load(categoryId)),
  variants: ({ id }, _, { variantsOfProduct }) => variantsOfProduct.load(id),
  priceRange: (product) => product,
  averageRating: (product) => averageRating(product) ?? null,
  reviews: ({ id }, page, { reviewPages }) => reviewPages.load(id, page),
};

export const PriceRange: Complete<PriceRangeResolvers, object> = {
  lowest: ({ lowestPriceMinor, currencyCode }) => ({ minor: lowestPriceMinor, currency: currencyCode }),
  highest: ({ highestPriceMinor, currencyCode }) => ({ minor: highestPriceMinor, currency: currencyCode }),
};
