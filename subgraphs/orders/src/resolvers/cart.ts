import { multiply } from '@entrepot/money/money';
import type { Complete } from '@entrepot/service/complete';
import {
  type CartLine as CartLineModel,
  type Cart as CartModel,
  type CatalogueVariant,
  totalOf,
} from '../domain/cart.ts';
import type { CartLineResolvers, CartResolvers } from '../generated/graphql.ts';

export const Cart: Complete<CartResolvers, CartModel> = {
  __resolveReference: ({ id }, { cartById }) => cartById.load(id),
  customer: ({ customerId }) => (customerId === null ? null : { id: customerId }),
  total: (cart) => {
    const minor = totalOf(cart);
    return minor === null || cart.currencyCode === null ? null : { minor, currency: cart.currencyCode };
  },
};

const priceOf = ({ priceMinor: minor, currencyCode: currency }: CatalogueVariant) => ({ minor, currency });

export const CartLine: Complete<CartLineResolvers, Omit<CartLineModel, 'variant'>> = {
  variant: ({ variantId }) => ({ id: variantId }),
  unitPrice: ({ variant }) => (variant ? priceOf(variant) : null),
  total: ({ variant, quantity }) => (variant ? multiply(priceOf(variant), quantity) : null),
};
