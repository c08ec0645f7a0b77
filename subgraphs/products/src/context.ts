import type { IdKind } from '@entrepot/kernel/ids';
import { requireUuid } from '@entrepot/kernel/ids';
import type { Page } from '@entrepot/kernel/page';
import { hasRole, type Viewer } from '@entrepot/kernel/viewer';
import { byKey, groupedByKey } from '@entrepot/service/loader';
import type { RequestScope } from '@entrepot/service/subgraph-server';
import { requireRole } from '@entrepot/service/viewer';
import type DataLoader from 'dataloader';
import type { Category } from './domain/category.ts';
import type { Product } from './domain/product.ts';
import type { ProductList } from './domain/product-list.ts';
import type { PrismaClient } from './generated/prisma/client.ts';
import { createCatalogueReader } from './store/catalogue-reader.ts';
import { createCategoryReader } from './store/category-store.ts';
import {
  countCategoryProducts,
  createCategoryProductPages,
  createMovementPages,
  createReviewPages,
} from './store/edge-readers.ts';
import { createProductListStore } from './store/product-list-store.ts';
import type { Reads } from './store/reads.ts';
import { createReviewReader } from './store/review-store.ts';
import type { Stores } from './store/stores.ts';

/** What one request may hold. Loaders are bound to its viewer: no resolver can show a shopper what is not published. */
export type Context = RequestScope &
  ReturnType<typeof createLoaders> & {
    now: () => Date;
    seesUnpublished: boolean;
    listProducts: (list: ProductList, page: Page) => ReturnType<ReturnType<typeof createProductListStore>['page']>;
    listCategories: () => Promise<Category[]>;
    /** The stores that only the back office may write to. @throws Fault UNAUTHENTICATED or FORBIDDEN */
    backOffice: () => Omit<Stores, 'reviews'>;
    reviews: Stores['reviews'];
    /** From here on this request reads what it has just written. */
    afterWrite: () => void;
  };

export type Parts = { stores: Stores; prisma: PrismaClient; createReads: () => Reads };

export function createContext(scope: RequestScope, { stores, prisma, createReads }: Parts): Context {
  const reads = createReads();
  const seesUnpublished = isBackOffice(scope.viewer);
  const categories = createCategoryReader(prisma, reads);
  const loaders = createLoaders(reads, { prisma, categories }, seesUnpublished);
  const lists = createProductListStore(reads);
  return {
    ...scope,
    ...loaders,
    now: () => new Date(),
    seesUnpublished,
    listProducts: async (list, page) => {
      const connection = await lists.page(list, page);
      // What leads back from a variant or a review to its product is known already.
      for (const product of connection.nodes) loaders.productById.prime(product.id, product);
      return connection;
    },
    listCategories: async () => {
      const all = await categories.all();
      for (const category of all) loaders.categoryById.prime(category.id, category);
      return all;
    },
    backOffice: () => {
      requireRole(scope.viewer, 'CATALOGUE_MANAGER');
      return stores;
    },
    reviews: stores.reviews,
    afterWrite: () => {
      reads.followWrites();
      for (const loader of Object.values(loaders)) loader.clearAll();
    },
  };
}

type Readers = { prisma: PrismaClient; categories: ReturnType<typeof createCategoryReader> };

const isBackOffice = (viewer: Viewer | undefined): boolean =>
  viewer !== undefined && hasRole(viewer, 'CATALOGUE_MANAGER');

function createLoaders(reads: Reads, { prisma, categories }: Readers, seesUnpublished: boolean) {
  const catalogue = createCatalogueReader(reads, seesUnpublished);
  const reviews = createReviewReader(prisma, seesUnpublished);
  const id = ({ id }: { id: string }) => id;
  return {
    productById: checked('prod', byKey(catalogue.productsById, id)),
    productBySlug: byKey(catalogue.productsBySlug, ({ slug }: Product) => slug),
    variantById: checked('var', byKey(catalogue.variantsById, id)),
    variantBySku: byKey(catalogue.variantsBySku, ({ sku }) => sku),
    variantsOfProduct: checked(
      'prod',
      groupedByKey(catalogue.variantsOfProducts, ({ productId }) => productId),
    ),
    categoryById: checked('cat', byKey(categories.byId, id)),
    categoryBySlug: byKey(categories.bySlug, ({ slug }) => slug),
    reviewById: checked('rev', byKey(reviews.byId, id)),
    reviewPages: createReviewPages(reads),
    movementPages: createMovementPages(reads),
    categoryProductPages: createCategoryProductPages(reads),
    categoryCount: byKey(
      (ids: readonly string[]) => countCategoryProducts(reads, ids),
      ({ categoryId }) => categoryId,
    ),
  };
}

/** Looks at each id before it joins a batch: a wrong one must fail its own field, not its neighbours. */
function checked<Row>(kind: IdKind, loader: DataLoader<string, Row>) {
  return {
    load: async (id: string): Promise<Row> => {
      requireUuid(kind, id);
      return loader.load(id);
    },
    prime: (id: string, row: Row): void => {
      loader.prime(id, row);
    },
    clearAll: (): void => {
      loader.clearAll();
    },
  };
}
