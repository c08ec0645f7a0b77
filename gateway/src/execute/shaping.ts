import type { GraphQLFormattedError } from 'graphql';
import { addError, INVALID, isTold } from './run.ts';
import type { Path, Tree } from './tree.ts';

/** One pass over the received data that writes the answer. */
export type Shaping = {
  /** Where the pass is; what is beyond the depth at hand is of earlier. */
  readonly path: (string | number)[];
  readonly errors: GraphQLFormattedError[];
  readonly explained: ReadonlySet<Tree>;
  /** What is in several places, and the text of those that have been written. */
  readonly shared: ReadonlySet<object>;
  readonly written: Map<object, { readonly write: Write; readonly text: string }>;
  /** How often there was something to tell of a place, told before or not. */
  told: number;
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
  shaping.told++;
  shaping.invalid.push(path);
  addError(shaping, INVALID, path);
}

export function refuse(shaping: Shaping, depth: number, error: GraphQLFormattedError): void {
  shaping.told++;
  addError(shaping, error, shaping.path.slice(0, depth));
}

/** Tells of a value that is not there, unless that is told already. */
export function reportMissing(shaping: Shaping, depth: number): void {
  shaping.told++;
  if (!isTold(shaping.errors, shaping.path.slice(0, depth))) report(shaping, depth);
}

/** Writes what is in several places once, unless something is to be told of each of them. */
export function writeOnce(write: Write): Write {
  return (value, shaping) => {
    if (shaping.shared.size === 0 || typeof value !== 'object' || value === null || !shaping.shared.has(value))
      return write(value, shaping);
    const known = shaping.written.get(value);
    if (known?.write === write) return known.text;
    const { told } = shaping;
    const text = write(value, shaping);
    // Looking at a character makes one piece of the text, which is then copied as such wherever it is used.
    if (shaping.told === told && text.charCodeAt(0) > 0) shaping.written.set(value, { write, text });
    return text;
  };
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
