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

/** By which fields entities are told apart before they are represented. */
export type Keys = {
  /** It is in every representation: those of entities that differ in it differ. */
  readonly first: string;
  /** With the first and the type, all that is in a representation; undefined when there is more. */
  readonly others: readonly string[] | undefined;
};

/** Of so many entities with the same first key, each is compared with the others; more are told apart by their text. */
const MAX_COMPARED = 8;
const NOBODY = -1;

/** Represents each distinct entity once. `keys`: undefined where they are told apart by nothing but their text. */
export function representEach(found: readonly Tree[], textOf: TextOf, keys: Keys | undefined): Asked {
  const texts: string[] = [];
  const only = found.length === 1 ? found[0] : undefined;
  if (only !== undefined) {
    const text = textOf(only);
    return { found, texts, owners: [text === undefined ? NOBODY : texts.push(text) - 1] };
  }
  const ownerByText = createOwners(texts);
  const owners = keys
    ? ownersByKeys(found, textOf, keys, texts, ownerByText)
    : found.map((one) => ownerByText(textOf(one)));
  return { found, texts, owners };
}

type OwnerByText = (text: string | undefined) => number;

/** Knows those texts that it was asked about. */
function createOwners(texts: string[]): OwnerByText {
  const byText = new Map<string, number>();
  return (text) => {
    if (text === undefined) return NOBODY;
    const known = byText.get(text);
    if (known !== undefined) return known;
    const owner = texts.push(text) - 1;
    byText.set(text, owner);
    return owner;
  };
}

/** To compare a few values is several times as fast as to write a representation and to look that up. */
function ownersByKeys(
  found: readonly Tree[],
  textOf: TextOf,
  { first, others }: Keys,
  texts: string[],
  ownerByText: OwnerByText,
): number[] {
  /** The owner that was the last one with this first key, of each owner the one before it, and the first entity of each. */
  const latest = new Map<unknown, number>();
  const before: number[] = [];
  const trees: (Tree | undefined)[] = [];

  const ownerOf = (target: Tree): number => {
    const key = target[first];
    // What is no plain value can be equal to another one.
    if (typeof key === 'object' || key === undefined) return ownerByText(textOf(target));
    const last = latest.get(key) ?? NOBODY;
    if (others)
      for (let owner = last; owner !== NOBODY; owner = before[owner] ?? NOBODY)
        if (isAlike(trees[owner], target, others)) return owner;
    const text = textOf(target);
    if (text === undefined) return NOBODY;
    let compared = 0;
    for (let owner = last; owner !== NOBODY; owner = before[owner] ?? NOBODY) {
      if (texts[owner] === text) return owner;
      compared++;
    }
    if (compared >= MAX_COMPARED) return ownerByText(text);
    const owner = texts.push(text) - 1;
    latest.set(key, owner);
    before[owner] = last;
    trees[owner] = target;
    return owner;
  };
  return found.map(ownerOf);
}

/** Objects are alike only when they are the same. */
function isAlike(one: Tree | undefined, other: Tree, keys: readonly string[]): boolean {
  if (one?.__typename !== other.__typename) return false;
  for (const key of keys) if (one?.[key] !== other[key]) return false;
  return true;
}

/** Undefined when no field is required of every type. `isMore`: representations depend on more than what is required. */
export function keysOf(requires: readonly Requirement[], isMore = false): Keys | undefined {
  const each = requires.map(plainFieldsOf);
  const [one, ...more] = each;
  const first = [...(one?.names ?? [])].find((name) => more.every(({ names }) => names.has(name)));
  if (!one || first === undefined) return undefined;
  const all = [...one.names];
  const isAll = each.every(
    ({ names, isAll }) => isAll && names.size === all.length && all.every((name) => names.has(name)),
  );
  return { first, others: isAll && !isMore ? all.filter((name) => name !== first) : undefined };
}

/** The fields that are required beside the type's name, as they are called and without selections; and whether there is no more. */
function plainFieldsOf(selection: Requirement): { readonly names: ReadonlySet<string>; readonly isAll: boolean } {
  const names = new Set<string>();
  if (selection.kind === 'Field') return { names, isAll: false };
  let isAll = true;
  for (const field of selection.selections) {
    const isPlain = field.kind === 'Field' && field.alias === undefined && field.selections === undefined;
    if (!isPlain || isInherited(field.name)) isAll = false;
    else if (field.name !== '__typename') names.add(field.name);
  }
  return { names, isAll };
}
