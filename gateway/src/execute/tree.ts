import { isRecord } from '@entrepot/kernel/is-record';

/** An object of the answer while it is put together, as subgraphs sent it. Its keys are data: any of them may have any name. */
export type Tree = Record<string, unknown>;
export type Path = readonly (string | number)[];

export const isTree: (value: unknown) => value is Tree = isRecord;

/** Names that every object seems to have. */
export const isInherited = (key: string): boolean => INHERITED.has(key);
const INHERITED: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype));

export const readOwn = (tree: Tree, key: string): unknown => (Object.hasOwn(tree, key) ? tree[key] : undefined);

/** As deep as the answer, whose depth the subgraph's schema and the operation limit. */
export function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf);
  if (!isTree(value)) return value;
  const copy = { ...value };
  for (const key of Object.keys(copy)) {
    const inner = copy[key];
    if (typeof inner === 'object' && inner !== null) copy[key] = copyOf(inner);
  }
  return copy;
}

/** Puts what was received into what is there already. What both have is joined; a null never takes an object's place. */
export function mergeInto(target: Tree, source: Tree): void {
  // Not by `Object.keys`, whose lists were a tenth of all that had to be collected.
  for (const key in source) {
    if (!Object.hasOwn(source, key)) continue;
    const value = source[key];
    const present = isInherited(key) ? readOwn(target, key) : target[key];
    if (present === undefined) put(target, key, value);
    else if (typeof present !== 'object' || present === null) {
      if (value !== null && value !== undefined) put(target, key, value);
    } else if (value !== present) mergeValues(present, value);
  }
}

function mergeValues(present: object, value: unknown): void {
  if (Array.isArray(present)) {
    if (!Array.isArray(value) || value.length !== present.length) return;
    for (const [index, item] of value.entries()) {
      const there: unknown = present[index];
      if (typeof there === 'object' && there !== null) mergeValues(there, item);
      else if (item !== null) present[index] = item;
    }
    return;
  }
  if (isTree(present) && isTree(value)) mergeInto(present, value);
}

function put(target: Tree, key: string, value: unknown): void {
  // An assignment would change what the object inherits from.
  if (key === '__proto__') Object.defineProperty(target, key, { value, enumerable: true, writable: true });
  else target[key] = value;
}
