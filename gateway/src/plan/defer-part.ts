import {
  doTypesOverlap,
  type FieldNode,
  type FragmentSpreadNode,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  type InlineFragmentNode,
  isAbstractType,
  isCompositeType,
  isListType,
  isNonNullType,
  isUnionType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { isIncluded } from '../execute/collect-fields.ts';
import { compileAbstract, compileSelections, type Projection, type WriteTree } from '../execute/project.ts';
import { isTree, type Path, readOwn, type Tree } from '../execute/tree.ts';
import { clientNameOf } from './client-names.ts';
import { labelOf } from './inline-deferred.ts';

/** A part of an answer that is delivered on its own: where it belongs, and how it is written. */
export type Part = {
  places(data: Tree): readonly { readonly path: Path; readonly tree: Tree }[];
  readonly write: WriteTree;
};

/** The parts of an operation. What the planner says of them is wrong where one fragment is on several types, or under conditions. */
export type Parts = {
  /** What comes first. */
  readonly first: WriteTree;
  /** What has a label; undefined where the conditions of the projection do not let it be there. */
  later(label: string): LaterPart | undefined;
};
/** `around`: the label of the part that it is put into, when that is not the first. */
export type LaterPart = Part & { readonly around: string | undefined };

/** On the way to a deferred fragment: a field, or the type that objects have to be of. */
type Step =
  | { readonly field: string; readonly type: GraphQLOutputType; readonly inner: GraphQLCompositeType }
  | { readonly condition: GraphQLCompositeType };
type Deferred = {
  readonly fragment: InlineFragmentNode | FragmentSpreadNode;
  readonly steps: readonly Step[];
  readonly around: string | undefined;
};

/** `apart`: the labels of what comes apart; what else has one comes with what is around it. */
export function compileParts(
  projection: Projection,
  root: GraphQLObjectType,
  selectionSet: SelectionSetNode,
  apart: ReadonlySet<string>,
): Parts {
  const deferred = deferredIn(projection, root, selectionSet, apart);
  return {
    first: compileSelections(projection, root, [withoutThose(selectionSet, apart)], 0),
    later(label) {
      const found = deferred.get(label);
      if (!found) return undefined;
      const { fragment, steps, around } = found;
      const own: SelectionNode = {
        ...fragment,
        directives: [],
        ...('selectionSet' in fragment && { selectionSet: withoutThose(fragment.selectionSet, apart) }),
      };
      const sets: SelectionSetNode[] = [{ kind: Kind.SELECTION_SET, selections: [own] }];
      const { type, depth } = endOf(root, steps);
      return {
        around,
        places: (data) => findPlaces(projection.schema, data, steps),
        write: isAbstractType(type)
          ? compileAbstract(projection, type, sets, depth)
          : compileSelections(projection, type, sets, depth),
      };
    },
  };
}

function withoutThose({ selections, ...rest }: SelectionSetNode, apart: ReadonlySet<string>): SelectionSetNode {
  const kept = selections.filter(({ directives = [] }) => !directives.some((one) => apart.has(labelOf(one) ?? '')));
  return {
    ...rest,
    // Named fragments defer nothing: those that did stand written out where they are used.
    selections: kept.map((selection) =>
      selection.kind !== Kind.FRAGMENT_SPREAD && selection.selectionSet
        ? { ...selection, selectionSet: withoutThose(selection.selectionSet, apart) }
        : selection,
    ),
  };
}

/** All that has a label, and is there under the conditions of the projection. */
function deferredIn(
  projection: Projection,
  root: GraphQLObjectType,
  asked: SelectionSetNode,
  apart: ReadonlySet<string>,
): Map<string, Deferred> {
  const { schema, conditions } = projection;
  const found = new Map<string, Deferred>();
  type Place = {
    readonly type: GraphQLCompositeType;
    readonly steps: readonly Step[];
    readonly around: string | undefined;
  };
  const visit = ({ selections }: SelectionSetNode, place: Place) => {
    for (const selection of selections) {
      if (!isIncluded(selection.directives ?? [], conditions)) continue;
      if (selection.kind === Kind.FIELD) visitField(selection, place);
      else visitFragment(selection, place);
    }
  };
  const visitFragment = (fragment: InlineFragmentNode | FragmentSpreadNode, { type, steps, around }: Place) => {
    const isInline = fragment.kind === Kind.INLINE_FRAGMENT;
    const { typeCondition } = isInline ? fragment : (projection.fragments.get(fragment.name.value) ?? {});
    const narrowed = typeCondition && schema.getType(typeCondition.name.value);
    const inner = isCompositeType(narrowed) ? narrowed : type;
    const innerSteps = inner === type ? steps : [...steps, { condition: inner }];
    const label = fragment.directives?.map(labelOf).find((one) => one !== undefined && apart.has(one));
    if (label !== undefined) found.set(label, { fragment, steps: innerSteps, around });
    if (isInline) visit(fragment.selectionSet, { type: inner, steps: innerSteps, around: label ?? around });
  };
  const visitField = (node: FieldNode, { type, steps, around }: Place) => {
    const field = isUnionType(type) ? undefined : type.getFields()[node.name.value];
    const inner = field && getNamedType(field.type);
    if (!node.selectionSet || !field || !isCompositeType(inner)) return;
    const step = { field: (node.alias ?? node.name).value, type: field.type, inner };
    visit(node.selectionSet, { type: inner, steps: [...steps, step], around });
  };
  visit(asked, { type: root, steps: [], around: undefined });
  return found;
}

/** The type of the objects at the end of a way, as far as fields tell it, and how long their paths are, with the indices of lists. */
function endOf(root: GraphQLCompositeType, steps: readonly Step[]): { type: GraphQLCompositeType; depth: number } {
  let type = root;
  let depth = 0;
  for (const step of steps) {
    if (!('field' in step)) continue;
    type = step.inner;
    depth += 1 + listsIn(step.type);
  }
  return { type, depth };
}

function listsIn(type: GraphQLOutputType): number {
  if (isNonNullType(type)) return listsIn(type.ofType);
  return isListType(type) ? 1 + listsIn(type.ofType) : 0;
}

function findPlaces(schema: GraphQLSchema, data: Tree, steps: readonly Step[]): { path: Path; tree: Tree }[] {
  const found: { path: Path; tree: Tree }[] = [];
  const visit = (value: unknown, at: number, path: Path): void => {
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) visit(item, at, [...path, index]);
      return;
    }
    if (!isTree(value)) return;
    const step = steps[at];
    if (step === undefined) found.push({ path, tree: value });
    else if ('field' in step) visit(readOwn(value, step.field), at + 1, [...path, clientNameOf(step.field)]);
    else if (mayBe(schema, value.__typename, step.condition)) visit(value, at + 1, path);
  };
  visit(data, 0, []);
  return found;
}

/** Of what type an object is, is not known everywhere. */
function mayBe(schema: GraphQLSchema, typename: unknown, condition: GraphQLCompositeType): boolean {
  const type = typeof typename === 'string' ? schema.getType(typename) : undefined;
  return !isCompositeType(type) || doTypesOverlap(schema, type, condition);
}
