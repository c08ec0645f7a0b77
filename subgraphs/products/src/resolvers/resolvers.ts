import { scalars } from '@entrepot/service/scalars';
import { Category } from './category.ts';
import { Money } from './money.ts';
import { Mutation } from './mutation.ts';
import { PriceRange, Product } from './product.ts';
import { ProductVariant } from './product-variant.ts';
import { Query } from './query.ts';
import { Review } from './review.ts';
import { StockLevel, StockMovement } from './stock-level.ts';

const { DateTime, Decimal, CurrencyCode } = scalars;

export const resolvers = {
  DateTime,
  Decimal,
  CurrencyCode,
  Query,
  Mutation,
  Product,
  PriceRange,
  ProductVariant,
  Money,
  StockLevel,
  StockMovement,
  Category,
  Review,
};
