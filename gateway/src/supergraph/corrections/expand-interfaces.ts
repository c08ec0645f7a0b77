import {
  type DocumentNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  type InlineFragmentNode,
  isAbstractType,
  Kind,
  type SelectionNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { TYPENAME } from '../../plan/document-parts.ts';
import { inlineFragments } from './inline-fragments.ts';

/**
 * A subgraph knows an `@interfaceObject` as one type, so the planner cannot tell there which of its objects are of another
 * interface, and fails. It can for each object type: so what is asked of another interface is asked of each that has both.
 */
export function expandInterfaces(
  document: DocumentNode,
  schema: GraphQLSchema,
  interfaceObjects: ReadonlySet<string>,
): DocumentNode {
  const isOf = ({ typeCondition }: InlineFragmentNode, type: GraphQLObjectType): boolean => {
    const condition = typeCondition && schema.getType(typeCondition.name.value);
    return (
      condition === undefined || condition === type || (isAbstractType(condition) && schema.isSubType(condition, type))
    );
  };
  /** What of these is asked of one object type. It needs no conditions on types any more. */
  const askedOf = (type: GraphQLObjectType, selections: readonly SelectionNode[]): SelectionNode[] =>
    selections.flatMap((selection): SelectionNode[] => {
      if (selection.kind !== Kind.INLINE_FRAGMENT) return [selection];
      if (!isOf(selection, type)) return [];
      const { directives = [], selectionSet } = selection;
      const inner = askedOf(type, selectionSet.selections);
      if (directives.length === 0 || inner.length === 0) return inner;
      return [{ kind: Kind.INLINE_FRAGMENT, directives, selectionSet: { ...selectionSet, selections: inner } }];
    });
  const expand = (selection: SelectionNode, parent: string): SelectionNode[] => {
    if (selection.kind !== Kind.INLINE_FRAGMENT) return [selection];
    const condition = selection.typeCondition?.name.value ?? parent;
    const own = schema.getType(parent);
    // A part that is deferred is one part.
    const isDeferred = selection.directives?.some(({ name }) => name.value === 'defer') === true;
    if (condition === parent || isDeferred || !isAbstractType(own)) return [selection];
    return schema.getPossibleTypes(own).flatMap((possible): SelectionNode[] => {
      const { selectionSet } = selection;
      const selections = isOf(selection, possible) ? askedOf(possible, selectionSet.selections) : [];
      if (selections.length === 0) return [];
      const typeCondition = { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: possible.name } } as const;
      return [{ ...selection, typeCondition, selectionSet: { ...selectionSet, selections } }];
    });
  };

  const info = new TypeInfo(schema);
  return visit(
    inlineFragments(document),
    visitWithTypeInfo(info, {
      SelectionSet: {
        leave: (set) => {
          const parent = info.getParentType()?.name;
          if (parent === undefined || !interfaceObjects.has(parent)) return undefined;
          const selections = set.selections.flatMap((selection) => expand(selection, parent));
          return { ...set, selections: selections.length > 0 ? selections : [TYPENAME] };
        },
      },
    }),
  );
}
