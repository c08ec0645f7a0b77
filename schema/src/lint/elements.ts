import {
  type ConstDirectiveNode,
  type DefinitionNode,
  type DocumentNode,
  type EnumValueDefinitionNode,
  type FieldDefinitionNode,
  type InputValueDefinitionNode,
  isTypeDefinitionNode,
  isTypeExtensionNode,
  Kind,
  type NameNode,
  type StringValueNode,
  type TypeDefinitionNode,
  type TypeExtensionNode,
} from 'graphql';

/** One thing of an SDL document that has a name. */
export type Element = {
  readonly kind: 'type' | 'extension' | 'field' | 'argument' | 'input field' | 'enum value' | 'directive';
  readonly coordinate: string;
  readonly name: NameNode;
  readonly description: StringValueNode | undefined;
  readonly directives: readonly ConstDirectiveNode[];
};

export type TypeNode = TypeDefinitionNode | TypeExtensionNode;

/** Every named thing of a document, in its order, with its coordinate. */
export function elementsOf(document: DocumentNode): readonly Element[] {
  return document.definitions.flatMap(elementsOfDefinition);
}

export const typesOf = (document: DocumentNode): readonly TypeNode[] =>
  document.definitions.filter((node) => isTypeDefinitionNode(node) || isTypeExtensionNode(node));

/** The fields of all definitions and extensions of object types and interfaces. */
export function fieldsOf(document: DocumentNode): readonly { type: TypeNode; field: FieldDefinitionNode }[] {
  return typesOf(document).flatMap((type) =>
    isComposite(type) ? (type.fields ?? []).map((field) => ({ type, field })) : [],
  );
}

function elementsOfDefinition(node: DefinitionNode): Element[] {
  if (node.kind === Kind.DIRECTIVE_DEFINITION) {
    const coordinate = `@${node.name.value}`;
    return [element('directive', coordinate, node), ...(node.arguments ?? []).map((arg) => argument(coordinate, arg))];
  }
  if (isTypeDefinitionNode(node)) return [element('type', node.name.value, node), ...members(node)];
  if (isTypeExtensionNode(node)) return [element('extension', node.name.value, node), ...members(node)];
  return [];
}

function members(node: TypeNode): Element[] {
  const type = node.name.value;
  if (isComposite(node)) {
    return (node.fields ?? []).flatMap((field) => {
      const coordinate = `${type}.${field.name.value}`;
      return [element('field', coordinate, field), ...(field.arguments ?? []).map((arg) => argument(coordinate, arg))];
    });
  }
  if (node.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION || node.kind === Kind.INPUT_OBJECT_TYPE_EXTENSION)
    return (node.fields ?? []).map((field) => element('input field', `${type}.${field.name.value}`, field));
  if (node.kind === Kind.ENUM_TYPE_DEFINITION || node.kind === Kind.ENUM_TYPE_EXTENSION)
    return (node.values ?? []).map((value) => element('enum value', `${type}.${value.name.value}`, value));
  return [];
}

const isComposite = (node: TypeNode) =>
  node.kind === Kind.OBJECT_TYPE_DEFINITION ||
  node.kind === Kind.OBJECT_TYPE_EXTENSION ||
  node.kind === Kind.INTERFACE_TYPE_DEFINITION ||
  node.kind === Kind.INTERFACE_TYPE_EXTENSION;

type Named = {
  readonly name: NameNode;
  readonly description?: StringValueNode | undefined;
  readonly directives?: readonly ConstDirectiveNode[] | undefined;
};

const element = (kind: Element['kind'], coordinate: string, node: Named | EnumValueDefinitionNode): Element => ({
  kind,
  coordinate,
  name: node.name,
  description: node.description,
  directives: node.directives ?? [],
});

const argument = (owner: string, node: InputValueDefinitionNode): Element =>
  element('argument', `${owner}(${node.name.value}:)`, node);
