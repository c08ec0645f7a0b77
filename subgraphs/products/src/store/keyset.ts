import { Fault } from '@entrepot/kernel/fault';

/** A position in a sorted list: the sort's values of one row, as a cursor holds them. */
export type Position = readonly (string | number)[];
/** The columns that a list is sorted by; together they are unique. */
export type Keyset = readonly { column: string; type: keyof typeof patterns }[];
/** Adds a parameter to a statement and gives its placeholder: nothing that a caller gave is ever part of the text. */
export type Bind = (value: unknown) => string;

/** What PostgreSQL can read as a value of each type: a forged cursor must not become a database error. */
const patterns = {
  text: /^[^\0]*$/,
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  bigint: /^-?\d{1,18}$/,
  real: /^\d\.?\d{0,20}(e-\d{1,2})?$/,
  timestamptz: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?[+-]\d\d(:\d\d)?$/,
};

export function binder(): { values: unknown[]; bind: Bind } {
  const values: unknown[] = [];
  return { values, bind: (value) => `$${values.push(value)}` };
}

/** The condition that rows lie on one side of a position. One row comparison, so that an index on the columns serves it. */
export function positionCondition(keys: Keyset, position: Position, side: '<' | '>', bind: Bind): string {
  const columns = keys.map(({ column }) => column).join(', ');
  const values = keys.map(({ type }, index) => `${bind(position[index])}::${type}`).join(', ');
  return `(${columns}) ${side} (${values})`;
}

/** The values of a cursor, if they can be a position in this keyset. */
export function checkPosition(keys: Keyset, values: Position): Position {
  const fits = keys.every(({ type }, index) => patterns[type].test(String(values[index])));
  if (values.length === keys.length && fits) return values;
  throw new Fault('INVALID_CURSOR', 'the cursor was not given by this list');
}
