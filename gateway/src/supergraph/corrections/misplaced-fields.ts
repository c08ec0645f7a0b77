import type { FetchNode, QueryPlanSelectionNode } from '@apollo/query-planner';
import {
  type FieldNode,
  Kind,
  type OperationDefinitionNode,
  print,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { TYPENAME } from '../../plan/document-parts.ts';
import type { Chained } from './chained-requirements.ts';
import { readOperation } from './fetch-operation.ts';
import { joinIn, joinsOf, keysIn } from './field-joins.ts';
import { namesIn } from './field-set.ts';
import { namedType } from './fielded-types.ts';
import { needsKey } from './requirements-apart.ts';

/** Fields of one object that a subgraph is asked for where it cannot know them. */
export type Misplaced = {
  readonly operation: OperationDefinitionNode;
  readonly type: string;
  readonly fields: readonly FieldNode[];
  /** Where they can be asked for: the subgraph as the supergraph's directives call it, and what it has to be sent. */
  readonly homes: readonly Home[];
  /** From what is fetched to the object: response names, and `@` for each list. */
  readonly path: readonly string[];
};
export type Home = { readonly graph: string; readonly key: SelectionSetNode; readonly requires?: SelectionSetNode };

/** What is looked at: an object of a fetch, with all that is asked of it, and what its subgraph has been given of it. */
type Looked = {
  readonly type: string;
  readonly path: readonly string[];
  readonly asked: SelectionSetNode;
  readonly given: readonly string[];
  readonly provided: SelectionSetNode | undefined;
};
type Judge = (field: FieldNode, looked: Looked) => readonly Home[];

/** The first fields of a fetch that are asked for without what they require. `graph`: the fetch's subgraph. */
export function findUnmet(fetch: FetchNode, graph: string, { requirements, names, types }: Chained) {
  return find(fetch, graph, names, types, ({ name }, { type, asked, given, provided }) => {
    const requirement = requirements.get(needsKey(graph, type, name.value));
    if (!requirement) return [];
    const { requires, key } = requirement;
    const local = namesAsked(asked, type, types).filter((one) => !isForeign(one, type, graph, types, provided));
    const met = new Set([...given, ...local]);
    return namesIn(requires).every((one) => met.has(one)) ? [] : [{ graph, key, requires }];
  });
}

/** The first fields of a fetch that only another subgraph knows. */
export function findForeign(fetch: FetchNode, graph: string, { required, types }: Chained) {
  return find(fetch, graph, required, types, ({ name }, { type: typeName, asked, provided }) => {
    const type = types.get(typeName);
    const definition = type?.fields?.find((field) => field.name.value === name.value);
    if (!type || !definition || !isForeign(name.value, typeName, graph, types, provided)) return [];
    const there = new Set(namesAsked(asked, typeName, types));
    const isKnown = (own: string) =>
      joinIn(type, own, graph) !== undefined && !isForeign(own, typeName, graph, types, provided);
    return joinsOf(type, definition).flatMap((join) => {
      if (join.isForeign) return [];
      const keys = keysIn(type, join.graph);
      const key =
        keys.find((one) => namesIn(one).every((own) => there.has(own))) ??
        keys.find(({ selections }) => namesIn({ selections }).every((own) => own.includes('.') || isKnown(own)));
      return key ? [{ graph: join.graph, key }] : [];
    });
  });
}

/** Whether a subgraph names a field, or one on the way to it, without knowing it. */
function isForeign(
  name: string,
  typeName: string,
  graph: string,
  types: Chained['types'],
  provided: SelectionSetNode | undefined,
): boolean {
  if (provided && namesIn(provided).includes(name)) return false;
  const [first = '', ...rest] = name.split('.');
  const type = types.get(typeName);
  if (joinIn(type, first, graph)?.isForeign === true) return true;
  const declared = type?.fields?.find((field) => field.name.value === first)?.type;
  return (
    declared !== undefined && rest.length > 0 && isForeign(rest.join('.'), namedType(declared), graph, types, undefined)
  );
}

function find(
  fetch: FetchNode,
  graph: string,
  names: ReadonlySet<string>,
  types: Chained['types'],
  judge: Judge,
): Misplaced | undefined {
  if (![...names].some((name) => fetch.operation.includes(name))) return undefined;
  const operation = readOperation(fetch.operation);

  const look = (set: SelectionSetNode, looked: Looked): Misplaced | undefined => {
    const { type, path, provided } = looked;
    for (const selection of set.selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) continue;
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        const narrowed = narrow(type, selection.typeCondition?.name.value ?? type, types);
        if (narrowed === undefined) continue;
        const found = look(selection.selectionSet, { ...looked, type: narrowed });
        if (found) return found;
        continue;
      }
      const homes = judge(selection, looked);
      if (homes.length > 0) {
        const alike = set.selections.filter(isField).filter((one) => textOf(judge(one, looked)) === textOf(homes));
        return { operation, type, fields: alike, homes, path };
      }
      const field = types.get(type)?.fields?.find(({ name }) => name.value === selection.name.value);
      if (!field || !selection.selectionSet) continue;
      const { value: name } = selection.alias ?? selection.name;
      const lists = print(field.type).split('[').length - 1;
      const inner: Looked = {
        type: namedType(field.type),
        path: [...path, name, ...Array.from({ length: lists }, () => '@')],
        asked: selection.selectionSet,
        given: [],
        provided: joinIn(types.get(type), selection.name.value, graph)?.provides ?? providedIn(provided, name),
      };
      const found = look(selection.selectionSet, inner);
      if (found) return found;
    }
    return undefined;
  };

  const [entities] = operation.selectionSet.selections;
  const root = { path: [], provided: undefined };
  if (fetch.requires && entities?.kind === Kind.FIELD && entities.selectionSet) {
    const { selectionSet: asked } = entities;
    return look(asked, { ...root, type: '_Entity', asked, given: fetch.requires.flatMap((one) => namesOf(one)) });
  }
  const type = { query: 'Query', mutation: 'Mutation', subscription: 'Subscription' }[operation.operation];
  return look(operation.selectionSet, { ...root, type, asked: operation.selectionSet, given: [] });
}

/** What is asked of every object of a type, and not only of others. */
function namesAsked({ selections }: SelectionSetNode, type: string, types: Chained['types']): string[] {
  return selections.flatMap((selection) => {
    if (selection.kind !== Kind.INLINE_FRAGMENT) return namesIn({ selections: [selection] });
    const condition = selection.typeCondition?.name.value ?? type;
    const isOfAll =
      condition === type || types.get(type)?.interfaces?.some(({ name }) => name.value === condition) === true;
    return isOfAll ? namesAsked(selection.selectionSet, type, types) : [];
  });
}

/** The type of what is of both types; undefined when nothing is. Fragments that the planner uses again may say so. */
function narrow(type: string, condition: string, types: Chained['types']): string | undefined {
  const isObject = (name: string) => types.get(name)?.kind === Kind.OBJECT_TYPE_DEFINITION;
  if (!isObject(type)) return condition;
  return isObject(condition) && condition !== type ? undefined : type;
}

/** A selection with the key of their object in the place of these fields. */
export function withKey(
  set: SelectionSetNode,
  fields: ReadonlySet<SelectionNode>,
  key: SelectionSetNode,
): SelectionSetNode {
  const selections = set.selections.flatMap((selection): readonly SelectionNode[] => {
    if (fields.has(selection)) return [TYPENAME, ...key.selections];
    if (selection.kind === Kind.FRAGMENT_SPREAD || !selection.selectionSet) return [selection];
    return [{ ...selection, selectionSet: withKey(selection.selectionSet, fields, key) }];
  });
  const texts = selections.map(print);
  return { ...set, selections: selections.filter((_, at) => at === texts.indexOf(texts[at] ?? '')) };
}

function namesOf(selection: QueryPlanSelectionNode, way = ''): string[] {
  if (selection.kind === 'InlineFragment') return selection.selections.flatMap((one) => namesOf(one, way));
  const name = `${way}${selection.alias ?? selection.name}`;
  return [name, ...(selection.selections ?? []).flatMap((one) => namesOf(one, `${name}.`))];
}

function providedIn(provided: SelectionSetNode | undefined, name: string): SelectionSetNode | undefined {
  const field = provided?.selections.filter(isField).find((one) => one.name.value === name);
  return field?.selectionSet;
}

const isField = (selection: SelectionNode): selection is FieldNode => selection.kind === Kind.FIELD;
const textOf = (homes: readonly Home[]) =>
  homes.map(({ graph, key, requires }) => `${graph} ${print(key)} ${requires ? print(requires) : ''}`).join();
