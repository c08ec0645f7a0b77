import {
  type DefinitionNode,
  type DocumentNode,
  type FieldNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  OperationTypeNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { TYPENAME } from '../plan/document-parts.ts';
import { objectsOf } from './requirements.ts';

type Has = (objectType: string, field: string) => boolean;

/**
 * The document without what is denied. Where nothing is left of a selection, the type's name is asked for in its place; of a
 * subscription, which must ask for an event, nothing at all is left then.
 */
export function withoutDenied(document: DocumentNode, schema: GraphQLSchema, isDenied: Has): DocumentNode {
  const reduce = createReduce(schema, isDenied);
  const reduceDefinition = (definition: DefinitionNode): DefinitionNode => {
    if (definition.kind === Kind.OPERATION_DEFINITION) {
      const root = schema.getRootType(definition.operation);
      if (!root) return definition;
      const selectionSet = reduce(definition.selectionSet, root);
      const isSubscription = definition.operation === OperationTypeNode.SUBSCRIPTION;
      return { ...definition, selectionSet: isSubscription ? selectionSet : filled(selectionSet) };
    }
    if (definition.kind !== Kind.FRAGMENT_DEFINITION) return definition;
    const type = schema.getType(definition.typeCondition.name.value);
    if (!isCompositeType(type)) return definition;
    return { ...definition, selectionSet: filled(reduce(definition.selectionSet, type)) };
  };
  return { ...document, definitions: document.definitions.map(reduceDefinition) };
}

function createReduce(schema: GraphQLSchema, isDenied: Has) {
  const reduceField = (node: FieldNode, parent: GraphQLCompositeType): SelectionNode[] => {
    const field = node.name.value;
    const objects = objectsOf(parent, schema);
    const allowed = objects.filter(({ name }) => !isDenied(name, field));
    if (allowed.length === 0 && objects.length > 0) return [];
    const kept = reduceWithin(node, parent);
    if (allowed.length === objects.length) return [kept];
    return allowed.map(({ name }) => ({
      kind: Kind.INLINE_FRAGMENT,
      typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: name } },
      selectionSet: { kind: Kind.SELECTION_SET, selections: [kept] },
    }));
  };

  const reduceWithin = (node: FieldNode, parent: GraphQLCompositeType): FieldNode => {
    const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[node.name.value] : undefined;
    const type = field && getNamedType(field.type);
    if (!node.selectionSet || !isCompositeType(type)) return node;
    return { ...node, selectionSet: filled(reduce(node.selectionSet, type)) };
  };

  const reduce = (set: SelectionSetNode, parent: GraphQLCompositeType): SelectionSetNode => {
    const selections = set.selections.flatMap((selection): SelectionNode[] => {
      if (selection.kind === Kind.FIELD)
        return selection.name.value.startsWith('__') ? [selection] : reduceField(selection, parent);
      if (selection.kind === Kind.FRAGMENT_SPREAD) return [selection];
      const condition = selection.typeCondition && schema.getType(selection.typeCondition.name.value);
      const selectionSet = reduce(selection.selectionSet, isCompositeType(condition) ? condition : parent);
      return selectionSet.selections.length > 0 ? [{ ...selection, selectionSet }] : [];
    });
    return { ...set, selections };
  };
  return reduce;
}

const filled = (set: SelectionSetNode): SelectionSetNode =>
  set.selections.length > 0 ? set : { ...set, selections: [TYPENAME] };
