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
  if (selections.every(({ kind }) => kind === 'Field')) return compileFields(selections, subtypes, isEntity, undefined);
  const byType = new Map<string, Represent>();
  return (tree, isPartial) => {
    const type = typeof tree.__typename === 'string' ? tree.__typename : '';
    let represent = byType.get(type);
    if (!represent) {
      const fields = flatten(selections, type, subtypes);
      represent = compileFields(fields, subtypes, isEntity, type === '' ? undefined : type);
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

/** `type`: the type of the objects that these are written of, where it is known. */
function compileFields(
  selections: readonly Requirement[],
  subtypes: Subtypes,
  isEntity: boolean,
  type: string | undefined,
): Represent {
  const merged = new Map<string, Requirement[] | undefined>();
  for (const selection of selections) {
    if (selection.kind !== 'Field') continue;
    const name = selection.alias ?? selection.name;
    const known = merged.get(name);
    merged.set(name, selection.selections ? [...(known ?? []), ...selection.selections] : known);
  }
  if (isEntity && !merged.has('__typename')) return () => undefined;
  const fields = [...merged].map(([name, nested]) => ({
    name,
    text: `${JSON.stringify(name)}:`,
    isOdd: isInherited(name),
    write: nested ? compileNested(nested, subtypes) : toJson,
  }));
  const writeAll = compileWhole(fields, type);
  return (tree, isPartial) => (isPartial ? writePart(fields, tree) : writeAll(tree));
}

type Field = {
  readonly name: string;
  readonly text: string;
  readonly isOdd: boolean;
  readonly write: (value: unknown) => string | undefined;
};

/** What can be put together before is: a text of many pieces costs more than what it says. */
function compileWhole(fields: readonly Field[], type: string | undefined): (tree: Tree) => string | undefined {
  const isTypeFirst = type !== undefined && fields[0]?.name === '__typename';
  const start = isTypeFirst ? `{"__typename":${toJson(type)}` : '{';
  const [first, ...rest] = (isTypeFirst ? fields.slice(1) : fields).map((field, index) => ({
    ...field,
    text: index === 0 && !isTypeFirst ? `{${field.text}` : `${index === 0 ? start : ''},${field.text}`,
  }));
  if (!first) return () => `${start}}`;
  return (tree) => {
    const part = writeField(first, tree);
    if (part === undefined) return undefined;
    let text = first.text + part;
    for (const field of rest) {
      const next = writeField(field, tree);
      if (next === undefined) return undefined;
      text += field.text + next;
    }
    return `${text}}`;
  };
}

function writeField({ name, isOdd, write }: Field, tree: Tree): string | undefined {
  const value = isOdd ? readOwn(tree, name) : tree[name];
  return value === undefined ? undefined : write(value);
}

function writePart(fields: readonly Field[], tree: Tree): string | undefined {
  const parts: string[] = [];
  for (const field of fields) {
    const part = writeField(field, tree);
    if (part !== undefined) parts.push(field.text + part);
    else if (field.name === '__typename') return undefined;
  }
  return `{${parts.join(',')}}`;
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
