import { Fault } from '@entrepot/kernel/fault';

export type VariableLimits = {
  /** Of lists and objects within each other, the variables' own object included. */
  maxNesting: number;
  /** As JSON. */
  maxBytes: number;
};

/** @throws Fault INVALID_ARGUMENT, before anything descends into the variables by calling itself */
export function checkVariables(
  variables: Readonly<Record<string, unknown>>,
  { maxNesting, maxBytes }: VariableLimits,
): void {
  let bytes = 0;
  let level: object[] = [variables];
  // Level by level, so that however deep they are nested, the stack is not.
  for (let nesting = 1; level.length > 0; nesting++) {
    if (nesting > maxNesting)
      throw new Fault('INVALID_ARGUMENT', `the variables are nested more than ${maxNesting} levels deep`);
    const next: object[] = [];
    for (const values of level) {
      bytes += bytesOf(values, next);
      if (bytes > maxBytes) throw new Fault('INVALID_ARGUMENT', `the variables are larger than ${maxBytes} bytes`);
    }
    level = next;
  }
}

/** As JSON without what is within it, which goes to `next`: brackets, commas, names and plain values. */
function bytesOf(values: object, next: object[]): number {
  const members: unknown[] = Object.values(values);
  let bytes = 2 + Math.max(0, members.length - 1);
  if (!Array.isArray(values)) for (const name of Object.keys(values)) bytes += Buffer.byteLength(name) + 3;
  for (const member of members) {
    if (typeof member === 'object' && member !== null) next.push(member);
    else bytes += typeof member === 'string' ? Buffer.byteLength(member) + 2 : String(member).length;
  }
  return bytes;
}
