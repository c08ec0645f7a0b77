import type { Problem } from '@entrepot/kernel/rejection';
import { rejectIfAny } from './reject.ts';
import { isSlug } from './slug.ts';
import { isText } from './text.ts';
import { checkVariants, type NewVariant, type VariantDraft } from './variant.ts';

export type Product = {
  id: string;
  slug: string;
  name: string;
  description: string;
  categoryId: string | undefined;
  isPublished: boolean;
  currencyCode: string;
  lowestPriceMinor: bigint;
  highestPriceMinor: bigint;
  ratingSum: number;
  reviewCount: number;
  createdAt: Date;
  updatedAt: Date;
};

export type ProductDraft = {
  name: string;
  slug: string | undefined;
  description: string;
  categoryId: string | undefined;
  isPublished: boolean;
  variants: readonly VariantDraft[];
};
export type NewProduct = Omit<ProductDraft, 'variants'> & { variants: readonly NewVariant[] };

/** What is undefined stays; a null category takes the product out of its category. */
export type ProductChange = {
  name: string | undefined;
  slug: string | undefined;
  description: string | undefined;
  categoryId: string | null | undefined;
  isPublished: boolean | undefined;
};

export const MOST_VARIANTS = 100;

/** A product that may be added, or a rejection with everything that is wrong with it. */
export function draftProduct(draft: ProductDraft): NewProduct {
  const name = draft.name.trim();
  const { problems, variants } = checkVariants(draft.variants, ['input', 'variants']);
  const all = [...problemsOfTexts({ ...draft, name }), ...problemsOfCount(draft.variants.length), ...problems];
  rejectIfAny(all);
  return { ...draft, name, variants };
}

/** The product with a change applied, and what the change means to others. */
export function changeProduct(product: Product, change: ProductChange): { product: Product; changes: ProductEffects } {
  const name = change.name?.trim();
  const problems = problemsOfTexts({ ...change, name });
  rejectIfAny(problems);

  const { slug = product.slug, description = product.description, isPublished = product.isPublished } = change;
  const categoryId = change.categoryId === undefined ? product.categoryId : (change.categoryId ?? undefined);
  const changed = { ...product, name: name ?? product.name, slug, description, isPublished, categoryId };
  const variants = changed.name !== product.name || slug !== product.slug || isPublished !== product.isPublished;
  const any = variants || description !== product.description || categoryId !== product.categoryId;
  return { product: changed, changes: { any, variants } };
}

/** Whether anything changed, and whether something did that is told of each variant (name, slug, publication). */
export type ProductEffects = { any: boolean; variants: boolean };

/** The mean rating with two decimals; undefined without reviews. */
export function averageRating({ ratingSum, reviewCount }: Pick<Product, 'ratingSum' | 'reviewCount'>) {
  return reviewCount === 0 ? undefined : Math.round((ratingSum * 100) / reviewCount) / 100;
}

type Texts = { name?: string | undefined; slug?: string | undefined; description?: string | undefined };

function problemsOfTexts({ name, slug, description }: Texts): Problem[] {
  const problems: Problem[] = [];
  if (name !== undefined && !isText(name, 1, 200)) {
    problems.push({ code: 'INVALID_NAME', message: 'the name must have 1 to 200 characters', path: ['input', 'name'] });
  }
  if (slug !== undefined && !isSlug(slug)) {
    const message = 'the slug must have 1 to 200 characters, all of them lower-case letters, digits or dashes';
    problems.push({ code: 'INVALID_SLUG', message, path: ['input', 'slug'] });
  }
  if (description !== undefined && !isText(description, 0, 10_000)) {
    const message = 'the description may have 10,000 characters';
    problems.push({ code: 'INVALID_DESCRIPTION', message, path: ['input', 'description'] });
  }
  return problems;
}

function problemsOfCount(count: number): Problem[] {
  if (count >= 1 && count <= MOST_VARIANTS) return [];
  const message = `a product has 1 to ${MOST_VARIANTS} variants, not ${count}`;
  return [{ code: 'INVALID_VARIANTS', message, path: ['input', 'variants'] }];
}
