import {
  type DocumentNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isUnionType,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { FieldPolicies, Requirement } from './field-policies.ts';

/** One thing that a document needs of who asks, and the fields of object types (`Type.field`) that are denied without it. */
export type Rule = { readonly requirement: Requirement; readonly coordinates: ReadonlySet<string> };

/**
 * What a document needs of who asks; undefined when it uses nothing protected. A field needs what its own coordinate
 * says, the type that it is of and the type that it is asked on. Asked on an interface, it is looked at for each object type
 * by itself, and nothing that the interface demands is forgotten: whoever lacks it gets the field of none of them.
 *
 * Composition puts the demands of all its types on an interface (since 2.9.5; apollographql/federation#3327), and for Apollo's
 * Router that, too, is what a field needs when it is asked there. Who fulfils those of one type only asks in a fragment on that
 * type. The Router refuses such a field to everybody where the types differ; here whoever fulfils all of them gets it.
 */
export function rulesOf(
  document: DocumentNode,
  schema: GraphQLSchema,
  policies: FieldPolicies,
): readonly Rule[] | undefined {
  if (policies.size === 0) return undefined;
  const rules = new Map<string, { requirement: Requirement; coordinates: Set<string> }>();
  const need = (from: string, field: string, types: readonly string[]): void => {
    const requirement = policies.get(from);
    if (!requirement) return;
    const key = JSON.stringify(requirement);
    const rule = rules.get(key) ?? { requirement, coordinates: new Set() };
    for (const type of types) rule.coordinates.add(`${type}.${field}`);
    rules.set(key, rule);
  };

  const look = (parent: GraphQLCompositeType, { name: field, type }: GraphQLField<unknown, unknown>): void => {
    const objects = objectsOf(parent, schema);
    // The interface, too: what object type an object is of is not always told.
    const names = [parent.name, ...objects.map(({ name }) => name)];
    for (const from of [parent.name, `${parent.name}.${field}`, getNamedType(type).name]) need(from, field, names);
    if (objects[0] === parent) return;
    for (const object of objects) {
      const own = object.getFields()[field];
      if (!own) continue;
      for (const from of [object.name, `${object.name}.${field}`, getNamedType(own.type).name])
        need(from, field, [object.name]);
    }
  };

  const types = new TypeInfo(schema);
  const visitor = visitWithTypeInfo(types, {
    Field: () => {
      const parent = types.getParentType();
      const field = types.getFieldDef();
      // What type an object has is no secret: `__typename` and introspection are not protected.
      if (parent && field && isCompositeType(parent) && !field.name.startsWith('__')) look(parent, field);
    },
  });
  visit(document, visitor);
  return rules.size === 0 ? undefined : [...rules.values()];
}

/** The object types that an object of this type can be. */
export function objectsOf(type: GraphQLCompositeType, schema: GraphQLSchema) {
  return isInterfaceType(type) || isUnionType(type) ? schema.getPossibleTypes(type) : [type];
}
