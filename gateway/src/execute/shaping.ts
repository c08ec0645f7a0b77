import type { GraphQLFormattedError } from 'graphql';
import { putBytes, repeatBytes, rewindBytes, writtenBytes } from './answer-bytes.ts';
import { addError, INVALID, isTold } from './run.ts';
import type { Path, Tree } from './tree.ts';

/** One pass over the received data that writes the answer. */
export type Shaping = {
  /** Where the pass is; what is beyond the depth at hand is of earlier. */
  readonly path: (string | number)[];
  readonly errors: GraphQLFormattedError[];
  readonly explained: ReadonlySet<Tree>;
  /** Whether strings can be written as they are. */
  readonly isPlain: boolean;
  /** What is in several places, and where those are that have been written. */
  readonly shared: ReadonlySet<object>;
  readonly written: Map<object, { readonly write: Write; readonly from: number; readonly to: number }>;
  /** How often there was something to tell of a place, told before or not. */
  told: number;
  /** The text of an introspection field. */
  readonly introspect: (responseName: string) => string;
  /** Where subgraphs sent what the schema does not allow. */
  readonly invalid: Path[];
};

/**
 * Writes a value as JSON. Returns false when it is a null that may not be here: it becomes that of the object around it, and
 * whoever writes that takes back what was written in it.
 */
export type Write = (value: unknown, shaping: Shaping) => boolean;

const NULL = Buffer.from('null');

export function writeNull(): true {
  putBytes(NULL);
  return true;
}

/** Writes null in place of all that was written after `start`. */
export function nullFrom(start: number, { written }: Shaping): true {
  rewindBytes(start);
  // Where some of it was may soon be other things.
  written.clear();
  return writeNull();
}

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

/** Writes what is in several places once, and copies that, unless something is to be told of each of them. */
export function writeOnce(write: Write): Write {
  return (value, shaping) => {
    if (shaping.shared.size === 0 || typeof value !== 'object' || value === null || !shaping.shared.has(value))
      return write(value, shaping);
    const known = shaping.written.get(value);
    if (known?.write === write) {
      repeatBytes(known.from, known.to);
      return true;
    }
    const { told } = shaping;
    const from = writtenBytes();
    if (!write(value, shaping)) return false;
    if (shaping.told === told) shaping.written.set(value, { write, from, to: writtenBytes() });
    return true;
  };
}

/** What becomes of a value that is none of its type: null included, where that is allowed. */
export function otherwise(isNullable: boolean, depth: number): Write {
  return (value, shaping) => {
    if (value !== null) report(shaping, depth);
    else if (!isNullable) reportMissing(shaping, depth);
    return isNullable && writeNull();
  };
}
