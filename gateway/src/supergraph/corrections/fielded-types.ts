import {
  type DocumentNode,
  type FieldDefinitionNode,
  type InterfaceTypeDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  type TypeNode,
  visit,
} from 'graphql';

export type Fielded = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode;

export function fieldedTypes(document: DocumentNode): ReadonlyMap<string, Fielded> {
  return new Map(
    document.definitions.flatMap((type) =>
      type.kind === Kind.OBJECT_TYPE_DEFINITION || type.kind === Kind.INTERFACE_TYPE_DEFINITION
        ? [[type.name.value, type]]
        : [],
    ),
  );
}

/** The document with what `change` makes of each type's fields. */
export function mapFields(
  document: DocumentNode,
  change: (type: Fielded) => readonly FieldDefinitionNode[],
): DocumentNode {
  return visit(document, {
    ObjectTypeDefinition: (type) => ({ ...type, fields: change(type) }),
    InterfaceTypeDefinition: (type) => ({ ...type, fields: change(type) }),
  });
}

export const namedType = (type: TypeNode): string =>
  type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
