import { Fault } from '@entrepot/kernel/fault';
import { readPage } from '@entrepot/kernel/page';
import { productList } from '../domain/product-list.ts';
import type { QueryResolvers } from '../generated/graphql.ts';

const MOST_SKUS = 100;

export const Query: QueryResolvers = {
  product: (_, { id, slug }, { productById, productBySlug }) =>
    byEither(
      { id, slug },
      (given) => productById.load(given),
      (given) => productBySlug.load(given),
    ),

  products: (_, { where, orderBy, ...page }, { listProducts, seesUnpublished, cacheTags }) => {
    // Any product may come to be in the list, so any change of one concerns it.
    cacheTags.add('Product');
    return listProducts(productList(where ?? {}, orderBy ?? undefined, seesUnpublished), readPage(page));
  },

  variant: (_, { id, sku }, { variantById, variantBySku }) =>
    byEither(
      { id, sku },
      (given) => variantById.load(given),
      (given) => variantBySku.load(given),
    ),

  variantsBySku: (_, { skus }, { variantBySku }) => {
    if (skus.length <= MOST_SKUS) return Promise.all(skus.map((sku) => variantBySku.load(sku)));
    throw new Fault(
      'INVALID_ARGUMENT',
      `skus has ${skus.length} entries: at most ${MOST_SKUS} can be asked for at once`,
    );
  },

  category: (_, { slug }, { categoryBySlug }) => categoryBySlug.load(slug),

  categories: (_, _arguments, { listCategories, cacheTags }) => {
    cacheTags.add('Category');
    return listCategories();
  },
};

type Given = string | null | undefined;

/** Looks up by an id or by another name, of which exactly one must be given. */
function byEither<T>(given: Record<string, Given>, byId: (id: string) => T, byName: (name: string) => T): T {
  const [id, name] = Object.values(given);
  if (typeof id === 'string' && typeof name !== 'string') return byId(id);
  if (typeof name === 'string' && typeof id !== 'string') return byName(name);
  throw new Fault('INVALID_ARGUMENT', `give exactly one of ${Object.keys(given).join(' and ')}`);
}
