import type { Problem } from '@entrepot/kernel/rejection';
import { rejectIfAny } from './reject.ts';
import { isSlug } from './slug.ts';
import { isText } from './text.ts';

export type Category = { id: string; slug: string; name: string; parentId: string | undefined };
export type CategoryDraft = { name: string; slug: string | undefined; parentId: string | undefined };

export const MOST_CATEGORIES = 500;

/** A category that may be added, or a rejection with everything that is wrong with it. */
export function draftCategory(draft: CategoryDraft): CategoryDraft {
  const name = draft.name.trim();
  const problems: Problem[] = [];
  if (!isText(name, 1, 100)) {
    problems.push({ code: 'INVALID_NAME', message: 'the name must have 1 to 100 characters', path: ['input', 'name'] });
  }
  if (draft.slug !== undefined && !isSlug(draft.slug)) {
    const message = 'the slug must have 1 to 200 characters, all of them lower-case letters, digits or dashes';
    problems.push({ code: 'INVALID_SLUG', message, path: ['input', 'slug'] });
  }
  rejectIfAny(problems);
  return { ...draft, name };
}
