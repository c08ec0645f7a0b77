import type { Problem } from '@entrepot/kernel/rejection';

export type TextRule = { code: string; field: string; min: number; max: number };

/** Line breaks and their like belong in no name or address; NUL is more than PostgreSQL can store. */
const CONTROL = /\p{Cc}/u;

/** What is wrong with a trimmed text of one line. Characters are counted as people count them, not in UTF-16. */
export function textProblems(text: string, { code, field, min, max }: TextRule): Problem[] {
  const path = ['input', ...field.split('.')];
  if (CONTROL.test(text)) return [{ code, path, message: `${field} has a control character, such as a line break` }];
  const length = characters(text);
  if (length >= min && length <= max) return [];
  return [{ code, path, message: `${field} has ${length} characters: it must have ${min} to ${max}` }];
}

export const characters = (text: string): number => [...text].length;

export const hasControl = (text: string): boolean => CONTROL.test(text);
