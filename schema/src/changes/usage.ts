import {
  type DocumentNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  TypeInfo,
  type TypeNode,
  typeFromAST,
  visit,
  visitWithTypeInfo,
} from 'graphql';

/**
 * What a document uses of a schema, as coordinates: `Type` it reads, `Type.field`, `Type.field(argument:)`, `@directive`,
 * and for what it sends `input Type` and `Input.field`. A variable may carry anything its type allows.
 */
export function usageOf(document: DocumentNode, schema: GraphQLSchema): ReadonlySet<string> {
  const used = new Set<string>();
  const info = new TypeInfo(schema);
  visit(
    document,
    visitWithTypeInfo(info, {
      Field(node) {
        const parent = info.getParentType();
        if (!parent || !info.getFieldDef()) return;
        const coordinate = `${parent.name}.${node.name.value}`;
        used.add(coordinate);
        for (const { name } of node.arguments ?? []) used.add(`${coordinate}(${name.value}:)`);
        const type = getNamedType(info.getType());
        if (type) used.add(type.name);
      },
      FragmentDefinition: ({ typeCondition }) => void used.add(typeCondition.name.value),
      InlineFragment: ({ typeCondition }) => void (typeCondition && used.add(typeCondition.name.value)),
      Directive({ name: directive, arguments: args = [] }) {
        used.add(`@${directive.value}`);
        for (const { name } of args) used.add(`@${directive.value}(${name.value}:)`);
      },
      VariableDefinition: ({ type }) => useVariable(namedTypeOf(schema, type), used),
      ObjectField({ name }) {
        const parent = getNamedType(info.getParentInputType());
        if (!isInputObjectType(parent)) return;
        used.add(`${parent.name}.${name.value}`);
      },
      ObjectValue: () => void useLiteral(getNamedType(info.getInputType()), used),
      EnumValue: () => void useLiteral(getNamedType(info.getInputType()), used),
    }),
  );
  return used;
}

function useLiteral(type: GraphQLNamedType | undefined, used: Set<string>): void {
  if (type) used.add(`input ${type.name}`);
}

function useVariable(type: GraphQLNamedType | undefined, used: Set<string>, seen = new Set<string>()): void {
  if (!type || seen.has(type.name)) return;
  seen.add(type.name);
  used.add(`input ${type.name}`);
  if (!isInputObjectType(type)) return;
  for (const field of Object.values(type.getFields())) {
    used.add(`${type.name}.${field.name}`);
    useVariable(getNamedType(field.type), used, seen);
  }
}

function namedTypeOf(schema: GraphQLSchema, node: TypeNode): GraphQLNamedType | undefined {
  if (node.kind !== 'NamedType') return namedTypeOf(schema, node.type);
  return typeFromAST(schema, node);
}
