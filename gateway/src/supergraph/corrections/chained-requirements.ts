import { type DocumentNode, type SelectionSetNode, visit } from 'graphql';
import { joinsOf, keysIn } from './field-joins.ts';
import { type Fielded, fieldedTypes } from './fielded-types.ts';
import { needsKey } from './requirements-apart.ts';

export type Chained = {
  /** By `needsKey`: what a field requires that another `@requires` may ask for, and the key with which it is asked. */
  readonly requirements: ReadonlyMap<string, { readonly requires: SelectionSetNode; readonly key: SelectionSetNode }>;
  /** What those fields are called. */
  readonly names: ReadonlySet<string>;
  /** What the fields are called that they require. */
  readonly required: ReadonlySet<string>;
  readonly types: ReadonlyMap<string, Fielded>;
};

export function readChained(document: DocumentNode): Chained {
  const types = fieldedTypes(document);
  const all = [...types.values()].flatMap((type) =>
    (type.fields ?? []).flatMap((field) =>
      joinsOf(type, field).flatMap(({ graph, requires }) => {
        // The planner takes the first one, too.
        const [key] = keysIn(type, graph);
        if (!requires || !key) return [];
        return [{ name: field.name.value, place: needsKey(graph, type.name.value, field.name.value), requires, key }];
      }),
    ),
  );
  const asked = new Set(all.flatMap(({ requires }) => fieldsIn(requires)));
  const chained = all.filter(({ name }) => asked.has(name));
  return {
    requirements: new Map(chained.map(({ place, requires, key }) => [place, { requires, key }])),
    names: new Set(chained.map(({ name }) => name)),
    required: new Set(chained.flatMap(({ requires }) => fieldsIn(requires))),
    types,
  };
}

function fieldsIn(set: SelectionSetNode): string[] {
  const names: string[] = [];
  visit(set, { Field: ({ name }) => void names.push(name.value) });
  return names;
}
