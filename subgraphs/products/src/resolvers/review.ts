import { Fault } from '@entrepot/kernel/fault';
import type { Complete } from '@entrepot/service/complete';
import type { Review as ReviewModel } from '../domain/review.ts';
import type { ReviewResolvers } from '../generated/graphql.ts';

export const Review: Complete<ReviewResolvers, ReviewModel> = {
  __resolveReference: ({ id }, { reviewById }) => reviewById.load(id),
  product: async ({ id, productId }, _, { productById }) => {
    const product = await productById.load(productId);
    if (!product) throw new Fault('UNAVAILABLE', `the product of ${id} has just been changed: ask again`);
    return product;
  },
  author: ({ authorId }) => ({ id: authorId }),
};
