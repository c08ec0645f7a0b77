import {
  type DocumentNode,
  type FragmentSpreadNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  getNamedType,
  type InlineFragmentNode,
  isCompositeType,
  isObjectType,
  isUnionType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { fragmentsIn, TYPENAME } from './document-parts.ts';

/** What is known of the objects that something is asked of: all that they may be. */
type Place = { readonly type: GraphQLCompositeType; readonly objects: ReadonlySet<string> };

/**
 * The document without fragments that no object can match: `... on Node { ... on Named { ... on Book { … } } }` is valid where books are
 * named and no nodes. The planner takes what their fields require for asked, and sends it nowhere. The very same where there is none.
 */
export function withoutImpossible(document: DocumentNode, schema: GraphQLSchema): DocumentNode {
  const fragments = fragmentsIn(document);

  const prune = (set: SelectionSetNode, place: Place): SelectionSetNode => {
    const selections = set.selections.flatMap((selection) =>
      selection.kind === Kind.FIELD ? pruneField(selection, place) : pruneFragment(selection, place),
    );
    const isSame = selections.every((one, index) => one === set.selections[index]);
    return isSame && selections.length === set.selections.length ? set : { ...set, selections };
  };
  const pruneField = (field: SelectionNode & { kind: Kind.FIELD }, { type }: Place): SelectionNode => {
    const declared = isUnionType(type) ? undefined : type.getFields()[field.name.value]?.type;
    const inner = declared && getNamedType(declared);
    if (!field.selectionSet || !isCompositeType(inner)) return field;
    const pruned = prune(field.selectionSet, placeOf(schema, inner));
    if (pruned === field.selectionSet) return field;
    // Whether there is an object has to be asked also where nothing is asked of it.
    return { ...field, selectionSet: pruned.selections.length > 0 ? pruned : { ...pruned, selections: [TYPENAME] } };
  };
  const pruneFragment = (
    selection: InlineFragmentNode | FragmentSpreadNode,
    place: Place,
  ): SelectionNode | readonly SelectionNode[] => {
    const isInline = selection.kind === Kind.INLINE_FRAGMENT;
    const fragment = isInline ? selection : fragments.get(selection.name.value);
    if (!fragment) return selection;
    const { typeCondition, selectionSet } = fragment;
    const inner = within(schema, place, typeCondition?.name.value);
    if (inner.objects.size === 0) return [];
    const pruned = prune(selectionSet, inner);
    if (pruned === selectionSet) return selection;
    if (pruned.selections.length === 0) return [];
    const { directives = [] } = selection;
    const kind = Kind.INLINE_FRAGMENT;
    return { kind, ...(typeCondition && { typeCondition }), directives, selectionSet: pruned };
  };

  const changed = document.definitions.map((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION ? pruneOperation(definition) : definition,
  );
  return changed.every((one, index) => one === document.definitions[index])
    ? document
    : { ...document, definitions: changed };

  function pruneOperation(operation: OperationDefinitionNode): OperationDefinitionNode {
    const root = schema.getRootType(operation.operation);
    if (!root) return operation;
    const selectionSet = prune(operation.selectionSet, placeOf(schema, root));
    return selectionSet === operation.selectionSet ? operation : { ...operation, selectionSet };
  }
}

function placeOf(schema: GraphQLSchema, type: GraphQLCompositeType): Place {
  const objects = isObjectType(type) ? [type] : schema.getPossibleTypes(type);
  return { type, objects: new Set(objects.map(({ name }) => name)) };
}

function within(schema: GraphQLSchema, place: Place, condition: string | undefined): Place {
  const type = condition === undefined ? undefined : schema.getType(condition);
  if (!isCompositeType(type)) return place;
  const { objects } = placeOf(schema, type);
  return { type, objects: new Set([...place.objects].filter((name) => objects.has(name))) };
}
