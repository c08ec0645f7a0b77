import { toJson } from '../execute/quote.ts';
import { isInherited, isTree, readOwn, type Tree } from '../execute/tree.ts';
import type { FetchNode } from './plan-nodes.ts';
import type { SupergraphFacts } from './planner-messages.ts';

export type Requirement = NonNullable<FetchNode['requires']>[number];
/**
 * Undefined when the object does not have all that is required, or is of no type that is asked. `isPartial`: what the object
 * does not have is left out.
 */
export type Represent = (tree: Tree, isPartial?: boolean) => string | undefined;
type Subtypes = SupergraphFacts['subtypes'];

/** Types that subgraphs name are remembered up to here: each is met at once or never. */
const MAX_TYPES = 1_000;

/** Compiles what a fetch requires of an entity into what writes its representation, as JSON text. */
export function compileRequires(requires: readonly Requirement[], subtypes: Subtypes): Represent {
  return compile(requires, subtypes, true);
}

function compile(selections: readonly Requirement[], subtypes: Subtypes, isEntity: boolean): Represent {
  if (selections.every(({ kind }) => kind === 'Field')) return compileFields(selections, subtypes, isEntity);
  const byType = new Map<string, Represent>();
  return (tree, isPartial) => {
    const type = typeof tree.__typename === 'string' ? tree.__typename : '';
    let represent = byType.get(type);
    if (!represent) {
      const fields = flatten(selections, type, subtypes);
      represent = compileFields(fields, subtypes, isEntity);
      if (byType.size < MAX_TYPES) byType.set(type, represent);
    }
    return represent(tree, isPartial);
  };
}

/** The selections that hold for a type, without fragments. */
function flatten(selections: readonly Requirement[], type: string, subtypes: Subtypes): Requirement[] {
  return selections.flatMap((selection) => {
    if (selection.kind === 'Field') return [selection];
    const { typeCondition } = selection;
    const holds =
      typeCondition === undefined || typeCondition === type || subtypes.get(typeCondition)?.has(type) === true;
    return holds ? flatten(selection.selections, type, subtypes) : [];
  });
}

function compileFields(selections: readonly Requirement[], subtypes: Subtypes, isEntity: boolean): Represent {
  const merged = new Map<string, Requirement[] | undefined>();
  for (const selection of selections) {
    if (selection.kind !== 'Field') continue;
    const name = selection.alias ?? selection.name;
    const known = merged.get(name);
    merged.set(name, selection.selections ? [...(known ?? []), ...selection.selections] : known);
  }
  if (isEntity && !merged.has('__typename')) return () => undefined;
  const names = [...merged.keys()];
  const prefixes = names.map((name) => `${JSON.stringify(name)}:`);
  const writers = [...merged.values()].map((nested) => (nested ? compileNested(nested, subtypes) : toJson));
  const isOdd = names.some(isInherited);
  return (tree, isPartial) => {
    let text = '';
    for (let index = 0; index < names.length; index++) {
      const name = names[index] ?? '';
      const value = isOdd ? readOwn(tree, name) : tree[name];
      const part = value === undefined ? undefined : writers[index]?.(value);
      if (part === undefined) {
        if (isPartial && name !== '__typename') continue;
        return undefined;
      }
      text += (text === '' ? '{' : ',') + prefixes[index] + part;
    }
    return text === '' ? '{}' : `${text}}`;
  };
}

function compileNested(selections: readonly Requirement[], subtypes: Subtypes) {
  const represent = compile(selections, subtypes, false);
  const write = (value: unknown): string | undefined => {
    if (isTree(value)) return represent(value);
    if (!Array.isArray(value)) return value === null ? 'null' : undefined;
    const parts: string[] = [];
    for (const item of value) {
      const part = write(item);
      if (part === undefined) return undefined;
      parts.push(part);
    }
    return `[${parts.join(',')}]`;
  };
  return write;
}
