import type { Problem } from '@entrepot/kernel/rejection';
import { rejectIfAny } from './reject.ts';
import { isText } from './text.ts';

export type Review = {
  id: string;
  productId: string;
  authorId: string;
  rating: number;
  text: string;
  writtenAt: Date;
};
export type ReviewDraft = { productId: string; authorId: string; rating: number; text: string };

/** A review that may be written, or a rejection with everything that is wrong with it. */
export function draftReview(draft: ReviewDraft): ReviewDraft {
  const problems: Problem[] = [];
  if (draft.rating < 1 || draft.rating > 5) {
    const message = `the rating must be 1 to 5, not ${draft.rating}`;
    problems.push({ code: 'INVALID_RATING', message, path: ['input', 'rating'] });
  }
  if (!isText(draft.text, 0, 5_000)) {
    problems.push({ code: 'INVALID_TEXT', message: 'the text may have 5,000 characters', path: ['input', 'text'] });
  }
  rejectIfAny(problems);
  return draft;
}
