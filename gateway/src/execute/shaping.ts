import type { GraphQLFormattedError } from 'graphql';
import { addError, INVALID, isTold } from './run.ts';
import type { Path, Tree } from './tree.ts';

/** One pass over the received data that writes the answer. */
export type Shaping = {
  /** Where the pass is; what is beyond the depth at hand is of earlier. */
  readonly path: (string | number)[];
  readonly errors: GraphQLFormattedError[];
  readonly explained: ReadonlySet<Tree>;
  /** The text of an introspection field. */
  readonly introspect: (responseName: string) => string;
  /** Where subgraphs sent what the schema does not allow. */
  readonly invalid: Path[];
};

/** Writes a value as JSON text. The empty text is a null that may not be here: it becomes that of the object around it. */
export type Write = (value: unknown, shaping: Shaping) => string;
export const BUBBLE = '';

export function report(shaping: Shaping, depth: number): void {
  const path = shaping.path.slice(0, depth);
  shaping.invalid.push(path);
  addError(shaping, INVALID, path);
}

export function refuse(shaping: Shaping, depth: number, error: GraphQLFormattedError): void {
  addError(shaping, error, shaping.path.slice(0, depth));
}

/** Tells of a value that is not there, unless that is told already. */
export function reportMissing(shaping: Shaping, depth: number): void {
  if (!isTold(shaping.errors, shaping.path.slice(0, depth))) report(shaping, depth);
}

/** What becomes of a value that is none of its type: null included, where that is allowed. */
export function otherwise(isNullable: boolean, depth: number): Write {
  const text = isNullable ? 'null' : BUBBLE;
  return (value, shaping) => {
    if (value !== null) report(shaping, depth);
    else if (!isNullable) reportMissing(shaping, depth);
    return text;
  };
}
