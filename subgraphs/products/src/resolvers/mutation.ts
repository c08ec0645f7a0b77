import { Fault } from '@entrepot/kernel/fault';
import type { Viewer } from '@entrepot/kernel/viewer';
import { payload } from '@entrepot/service/payload';
import { requireViewer } from '@entrepot/service/viewer';
import type { MutationResolvers } from '../generated/graphql.ts';

export const Mutation: MutationResolvers = {
  createProduct: (_, { input }, context) =>
    payload(async () => {
      const { slug, categoryId, ...rest } = input;
      const draft = { ...rest, slug: slug ?? undefined, categoryId: categoryId ?? undefined };
      const id = await context.backOffice().products.create(draft, context.now());
      context.afterWrite();
      return { product: await context.productById.load(id) };
    }),

  updateProduct: (_, { input }, context) =>
    payload(async () => {
      const { name, slug, description, isPublished, categoryId } = input;
      const texts = { name: name ?? undefined, slug: slug ?? undefined, description: description ?? undefined };
      const change = { ...texts, isPublished: isPublished ?? undefined, categoryId };
      const id = await context.backOffice().products.change(input.id, change, context.now());
      context.afterWrite();
      return { product: await context.productById.load(id) };
    }),

  addVariant: (_, { input }, context) =>
    payload(async () => {
      const id = await context.backOffice().variants.add(input.productId, input.variant, context.now());
      context.afterWrite();
      return { variant: await context.variantById.load(id) };
    }),

  setPrice: (_, { input }, context) =>
    payload(async () => {
      const id = await context.backOffice().variants.setPrice(input.variantId, input.price, context.now());
      context.afterWrite();
      return { variant: await context.variantById.load(id) };
    }),

  adjustStock: (_, { input }, context) =>
    payload(async () => {
      const { note, expectedOnHand, ...rest } = input;
      const adjustment = { ...rest, note: note ?? undefined, expectedOnHand: expectedOnHand ?? undefined };
      const id = await context.backOffice().stock.adjust(adjustment, context.now());
      context.afterWrite();
      return { variant: await context.variantById.load(id) };
    }),

  createCategory: (_, { input }, context) =>
    payload(async () => {
      const { name, slug, parentId } = input;
      const draft = { name, slug: slug ?? undefined, parentId: parentId ?? undefined };
      const id = await context.backOffice().categories.create(draft, context.now());
      context.afterWrite();
      return { category: await context.categoryById.load(id) };
    }),

  reviewProduct: (_, { input }, context) =>
    payload(async () => {
      const authorId = requireCustomer(context.viewer).id;
      const id = await context.reviews.write({ ...input, authorId }, context.now());
      context.afterWrite();
      return { review: await context.reviewById.load(id) };
    }),
};

/** Somebody with a password: a guest could write any number of reviews. */
function requireCustomer(viewer: Viewer | undefined): Viewer {
  const known = requireViewer(viewer);
  if (known.kind === 'CUSTOMER') return known;
  throw new Fault('FORBIDDEN', 'this needs a customer with a password: register first');
}
