import type { Complete } from '@entrepot/service/complete';
import type { Category as CategoryModel } from '../domain/category.ts';
import type { CategoryResolvers } from '../generated/graphql.ts';

export const Category: Complete<CategoryResolvers, CategoryModel> = {
  __resolveReference: ({ id }, { categoryById }) => categoryById.load(id),
  parent: ({ parentId }, _, { categoryById }) => (parentId === undefined ? null : categoryById.load(parentId)),
  products: async ({ id }, page, { categoryProductPages, categoryCount, cacheTags }) => {
    cacheTags.add('Product');
    const connection = await categoryProductPages.load(id, page);
    return { ...connection, totalCount: async () => (await categoryCount.load(id))?.count ?? 0 };
  },
};
