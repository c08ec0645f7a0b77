import {
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLOutputType,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isListType,
  isNonNullType,
  isUnionType,
  Kind,
  parse,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { isIncluded } from '../execute/collect-fields.ts';
import { compileAbstract, compileSelections, type Projection, type WriteTree } from '../execute/project.ts';
import { isTree, type Path, readOwn, type Tree } from '../execute/tree.ts';
import { clientNameOf } from './client-names.ts';

/** A part of an answer that is delivered on its own: where it belongs, and how it is written. */
export type Part = {
  places(data: Tree): readonly { readonly path: Path; readonly tree: Tree }[];
  readonly write: WriteTree;
};

const FRAGMENT = '... on ';

export type PartOptions = {
  readonly queryPath: readonly string[];
  /** As the planner gives it. It leaves out objects of which nothing is asked but what is deferred. */
  readonly subselection: string | undefined;
  /** Where there are deferred fragments within this part. */
  readonly later: readonly (readonly string[])[];
};

/** Compiles the selections of a part; undefined when there is nothing in it. */
export function compilePart(
  projection: Projection,
  root: GraphQLCompositeType,
  selectionSet: SelectionSetNode,
  { queryPath, subselection, later }: PartOptions,
): Part | undefined {
  const { type, sets, depth } = placeIn(projection, root, [selectionSet], queryPath);
  const within = later.flatMap((path) => wayTo(projection, type, sets, path.slice(queryPath.length)) ?? []);
  const selections = [...selectionsIn(subselection), ...within];
  if (selections.length === 0) return undefined;
  return {
    places: (data) => findPlaces(data, queryPath),
    write: isAbstractType(type)
      ? compileAbstract(projection, type, selections, depth)
      : compileSelections(projection, type, selections, depth),
  };
}

function selectionsIn(subselection: string | undefined): SelectionSetNode[] {
  if (subselection === undefined) return [];
  const [definition] = parse(subselection, { noLocation: true }).definitions;
  if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new Error('a deferred part is no selection');
  return [definition.selectionSet];
}

/** Selects the object at a path, and nothing of it; undefined where its conditions do not let it be there. */
function wayTo(
  projection: Projection,
  type: GraphQLCompositeType,
  sets: readonly SelectionSetNode[],
  [step, ...rest]: readonly string[],
): SelectionSetNode | undefined {
  if (step === undefined) return { kind: Kind.SELECTION_SET, selections: [] };
  if (step.startsWith(FRAGMENT)) {
    const value = step.slice(FRAGMENT.length);
    const narrowed = projection.schema.getType(value);
    const selectionSet = isCompositeType(narrowed) ? wayTo(projection, narrowed, sets, rest) : undefined;
    if (!selectionSet) return undefined;
    const typeCondition = { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value } } as const;
    return { kind: Kind.SELECTION_SET, selections: [{ kind: Kind.INLINE_FRAGMENT, typeCondition, selectionSet }] };
  }
  const isWanted = ({ directives = [] }: SelectionNode) => isIncluded(directives, projection.conditions);
  const fields = findFields(projection, type, sets, step, isWanted);
  const [field] = fields;
  const below = field && getNamedType(field.type);
  if (!field || !isCompositeType(below)) return undefined;
  const inner = fields.flatMap(({ node }) => node.selectionSet ?? []);
  const selectionSet = wayTo(projection, below, inner, rest);
  return selectionSet && { kind: Kind.SELECTION_SET, selections: [{ ...field.node, selectionSet }] };
}

/** The type at a path of response names, what is asked of it, and how long the path of an object there is, with the indices of lists. */
function placeIn(
  projection: Projection,
  root: GraphQLCompositeType,
  selectionSets: readonly SelectionSetNode[],
  queryPath: readonly string[],
): { type: GraphQLCompositeType; sets: readonly SelectionSetNode[]; depth: number } {
  let type = root;
  let depth = 0;
  let sets = selectionSets;
  for (const step of queryPath) {
    if (step.startsWith(FRAGMENT)) continue;
    const fields = findFields(projection, type, sets, step);
    const declared = fields[0]?.type;
    const named = declared && getNamedType(declared);
    if (!declared || !isCompositeType(named)) throw new Error('a deferred part is nowhere');
    type = named;
    depth += 1 + listsIn(declared);
    sets = fields.flatMap(({ node }) => node.selectionSet ?? []);
  }
  return { type, sets, depth };
}

type Found = { type: GraphQLOutputType; node: FieldNode };

function findFields(
  projection: Projection,
  type: GraphQLCompositeType,
  selectionSets: readonly SelectionSetNode[],
  responseName: string,
  isWanted: (selection: SelectionNode) => boolean = () => true,
): Found[] {
  const { schema, fragments } = projection;
  const typeNamed = (name: string | undefined) => {
    const named = name === undefined ? type : schema.getType(name);
    return isCompositeType(named) ? named : type;
  };
  return selectionSets.flatMap(({ selections }) =>
    selections.filter(isWanted).flatMap((selection): Found[] => {
      if (selection.kind === Kind.FIELD) {
        if ((selection.alias ?? selection.name).value !== responseName || isUnionType(type)) return [];
        const field = type.getFields()[selection.name.value];
        return field ? [{ type: field.type, node: selection }] : [];
      }
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
      if (!fragment) return [];
      return findFields(
        projection,
        typeNamed(fragment.typeCondition?.name.value),
        [fragment.selectionSet],
        responseName,
        isWanted,
      );
    }),
  );
}

function listsIn(type: GraphQLOutputType): number {
  if (isNonNullType(type)) return listsIn(type.ofType);
  return isListType(type) ? 1 + listsIn(type.ofType) : 0;
}

function findPlaces(data: Tree, queryPath: readonly string[]): { path: Path; tree: Tree }[] {
  const found: { path: Path; tree: Tree }[] = [];
  const visit = (value: unknown, step: number, path: Path): void => {
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) visit(item, step, [...path, index]);
      return;
    }
    if (!isTree(value)) return;
    const name = queryPath[step];
    if (name === undefined) found.push({ path, tree: value });
    // What is of another type has none of the part's fields either; the selections say so again.
    else if (name.startsWith(FRAGMENT)) visit(value, step + 1, path);
    else visit(readOwn(value, name), step + 1, [...path, clientNameOf(name)]);
  };
  visit(data, 0, []);
  return found;
}
