import {
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
  type SelectionSetNode,
} from 'graphql';
import { compileAbstract, compileSelections, type Projection, type WriteTree } from '../execute/project.ts';
import { isTree, type Path, readOwn, type Tree } from '../execute/tree.ts';
import { clientNameOf } from './client-names.ts';

/** A part of an answer that is delivered on its own: where it belongs, and how it is written. */
export type Part = {
  places(data: Tree): readonly { readonly path: Path; readonly tree: Tree }[];
  readonly write: WriteTree;
};

const FRAGMENT = '... on ';

/** Compiles the selections of a deferred part, which the planner gives as text. */
export function compilePart(
  projection: Projection,
  root: GraphQLCompositeType,
  selectionSet: SelectionSetNode,
  queryPath: readonly string[],
  subselection: string,
): Part {
  const place = placeIn(projection, root, [selectionSet], queryPath);
  const [definition] = parse(subselection, { noLocation: true }).definitions;
  if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new Error('a deferred part is no selection');
  const { type, depth } = place;
  const selections = [definition.selectionSet];
  return {
    places: (data) => findPlaces(data, queryPath),
    write: isAbstractType(type)
      ? compileAbstract(projection, type, selections, depth)
      : compileSelections(projection, type, selections, depth),
  };
}

/** The type at a path of response names, and how long the path of an object there is, with the indices of lists. */
function placeIn(
  projection: Projection,
  root: GraphQLCompositeType,
  selectionSets: readonly SelectionSetNode[],
  queryPath: readonly string[],
): { type: GraphQLCompositeType; depth: number } {
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
    sets = fields.flatMap(({ selectionSet }) => (selectionSet ? [selectionSet] : []));
  }
  return { type, depth };
}

type Found = { type: GraphQLOutputType; selectionSet: SelectionSetNode | undefined };

function findFields(
  projection: Projection,
  type: GraphQLCompositeType,
  selectionSets: readonly SelectionSetNode[],
  responseName: string,
): Found[] {
  const { schema, fragments } = projection;
  const typeNamed = (name: string | undefined) => {
    const named = name === undefined ? type : schema.getType(name);
    return isCompositeType(named) ? named : type;
  };
  return selectionSets.flatMap(({ selections }) =>
    selections.flatMap((selection): Found[] => {
      if (selection.kind === Kind.FIELD) {
        if ((selection.alias ?? selection.name).value !== responseName || isUnionType(type)) return [];
        const field = type.getFields()[selection.name.value];
        return field ? [{ type: field.type, selectionSet: selection.selectionSet }] : [];
      }
      const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
      if (!fragment) return [];
      return findFields(
        projection,
        typeNamed(fragment.typeCondition?.name.value),
        [fragment.selectionSet],
        responseName,
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
