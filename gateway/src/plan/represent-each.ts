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

/** Represents each distinct entity once. `key`: the one field that, with the type, makes the representation. */
export function representEach(found: readonly Tree[], textOf: TextOf, key: string | undefined): Asked {
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
  // To look a short value up is several times as fast as to write a representation and to look that up.
  const byType = new Map<string, Map<string, number>>();
  const ownerByKey = (target: Tree, type: string, value: string): number => {
    const byValue = byType.get(type) ?? new Map<string, number>();
    if (byValue.size === 0) byType.set(type, byValue);
    const owner = byValue.get(value) ?? represent(target);
    byValue.set(value, owner);
    return owner;
  };
  const owners = found.map((target) => {
    const type = target.__typename;
    const value = key === undefined ? undefined : target[key];
    return typeof value === 'string' && typeof type === 'string'
      ? ownerByKey(target, type, value)
      : ownerByText(target);
  });
  return { found, texts, owners };
}

/** The one field that is required of every type beside its name, when it is one and no object. */
export function onlyKeyOf(requires: readonly Requirement[]): string | undefined {
  const keys = new Set<string | undefined>();
  for (const selection of requires) {
    if (selection.kind === 'Field') return undefined;
    for (const field of selection.selections) {
      const isPlain = field.kind === 'Field' && field.alias === undefined && field.selections === undefined;
      if (!isPlain) return undefined;
      if (field.name !== '__typename') keys.add(field.name);
    }
  }
  const [key, other] = keys;
  return other === undefined && key !== undefined && !isInherited(key) ? key : undefined;
}
