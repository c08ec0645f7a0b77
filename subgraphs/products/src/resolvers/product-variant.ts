import { Fault } from '@entrepot/kernel/fault';
import type { Complete } from '@entrepot/service/complete';
import { available } from '../domain/stock.ts';
import type { Variant } from '../domain/variant.ts';
import type { ProductVariantResolvers } from '../generated/graphql.ts';

export const ProductVariant: Complete<ProductVariantResolvers, Variant> = {
  __resolveReference: (reference, { variantById, variantBySku }) =>
    'id' in reference ? variantById.load(reference.id) : variantBySku.load(reference.sku),
  product: async ({ id, productId }, _, { productById }) => {
    const product = await productById.load(productId);
    // Only when it is taken off the shelves between two statements of one request.
    if (!product) throw new Fault('UNAVAILABLE', `the product of ${id} has just been changed: ask again`);
    return product;
  },
  available: (variant) => available(variant),
  stock: ({ id, onHand, reserved }, _, { seesUnpublished }) =>
    seesUnpublished ? { variantId: id, onHand, reserved } : null,
};
