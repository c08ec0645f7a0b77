import { isInherited, type Tree } from '../execute/tree.ts';
import type { Requirement } from './compile-requires.ts';

/** What a subgraph is asked about the objects that were found. */
export type Asked = {
  readonly found: readonly Tree[];
  /** The distinct representations. */
  readonly texts: readonly string[];
  /** For each object, the index of its representation; -1 when it has none. */
  readonly owners: readonly number[];
};

type TextOf = (target: Tree) => string | undefined;
/** The first of the entities that have one representation. */
type Known = { readonly tree: Tree; readonly owner: number };

/** Of so many entities with the same first key, each is compared with the others; more are told apart by their text. */
const MAX_COMPARED = 8;

/** Represents each distinct entity once. `keys`: the fields that, with the type, make the representation; undefined when it takes more. */
export function representEach(found: readonly Tree[], textOf: TextOf, keys: readonly string[] | undefined): Asked {
  const texts: string[] = [];
  const represent = (target: Tree): number => {
    const text = textOf(target);
    return text === undefined ? -1 : texts.push(text) - 1;
  };
  const only = found.length === 1 ? found[0] : undefined;
  if (only !== undefined) return { found, texts, owners: [represent(only)] };

  const byText = new Map<string, number>();
  const ownerByText = (target: Tree): number => {
    const text = textOf(target);
    if (text === undefined) return -1;
    const owner = byText.get(text) ?? texts.push(text) - 1;
    byText.set(text, owner);
    return owner;
  };
  if (keys === undefined) return { found, texts, owners: found.map(ownerByText) };

  // To compare a few values is several times as fast as to write a representation and to look that up.
  const [first = '', ...others] = keys;
  const byFirst = new Map<unknown, Known[]>();
  const owners = found.map((target) => {
    const alike = byFirst.get(target[first]) ?? [];
    if (alike.length === 0) byFirst.set(target[first], alike);
    for (const { tree, owner } of alike) if (isAlike(tree, target, others)) return owner;
    const owner = ownerByText(target);
    if (alike.length < MAX_COMPARED) alike.push({ tree: target, owner });
    return owner;
  });
  return { found, texts, owners };
}

/** Objects are alike only when they are the same. */
function isAlike(one: Tree, other: Tree, keys: readonly string[]): boolean {
  if (one.__typename !== other.__typename) return false;
  for (const key of keys) if (one[key] !== other[key]) return false;
  return true;
}

/** The fields that are required of every type beside its name, when they are the same ones and without selections. */
export function plainKeysOf(requires: readonly Requirement[]): readonly string[] | undefined {
  let keys: readonly string[] | undefined;
  for (const selection of requires) {
    if (selection.kind === 'Field') return undefined;
    const own = new Set<string>();
    for (const field of selection.selections) {
      const isPlain = field.kind === 'Field' && field.alias === undefined && field.selections === undefined;
      if (!isPlain || isInherited(field.name)) return undefined;
      if (field.name !== '__typename') own.add(field.name);
    }
    if (own.size === 0 || (keys && (own.size !== keys.length || !keys.every((key) => own.has(key))))) return undefined;
    keys ??= [...own];
  }
  return keys;
}
