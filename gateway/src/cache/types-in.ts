import {
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  parse,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';

/**
 * The object types that an answer can hold objects of, beside entities that are asked for by their keys. What clients cannot see is
 * not in their schema, and not in what is made of an answer.
 */
export function typesIn(query: string, schema: GraphQLSchema): readonly string[] {
  const names = new Set<string>();
  const info = new TypeInfo(schema);
  const Field = () => {
    const type = getNamedType(info.getType());
    if (!isCompositeType(type)) return;
    for (const { name } of isAbstractType(type) ? schema.getPossibleTypes(type) : [type]) names.add(name);
  };
  visit(parse(query, { noLocation: true }), visitWithTypeInfo(info, { Field }));
  return [...names];
}
