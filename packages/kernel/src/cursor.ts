import { Fault } from './fault.ts';

export type CursorValue = string | number;

/** A longer one was never given out by us. */
const MAX_LENGTH = 2_000;

/** A position in a list, opaque to clients. `list` names the list with its filter and sort, so that no other list takes it. */
export function encodeCursor(list: string, values: readonly CursorValue[]): string {
  return Buffer.from(JSON.stringify([list, ...values])).toString('base64url');
}

/** Reads a cursor of this list. @throws Fault INVALID_CURSOR when it is malformed or of another list. */
export function decodeCursor(list: string, cursor: string): CursorValue[] {
  const values = cursor.length <= MAX_LENGTH ? parse(cursor) : undefined;
  if (values?.[0] === list) return values.slice(1);
  throw new Fault(
    'INVALID_CURSOR',
    'the cursor is not of this list: use one that the same list, with the same filter and sort, has given',
  );
}

function parse(cursor: string): CursorValue[] | undefined {
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    return Array.isArray(values) && values.every(isValue) ? values : undefined;
  } catch {
    return undefined;
  }
}

const isValue = (value: unknown): value is CursorValue => typeof value === 'string' || typeof value === 'number';
