import { type FieldDefinitionNode, Kind, type TypeNode as TypeReference } from 'graphql';
import { type Problem, placeOf } from '../problem.ts';
import type { Subgraph } from '../subgraphs.ts';
import { fieldsOf, type TypeNode, typesOf } from './elements.ts';

/**
 * Whatever another service must answer for may be missing: gone there, or the service is down. Behind a non-null field
 * that blanks the whole response, so these fields are nullable: a reference to another subgraph's entity, and a field
 * that a subgraph adds to another's entity.
 */
export function lintReferences(subgraph: Subgraph, all: readonly Subgraph[]): Problem[] {
  const owners = ownersOf(all);
  const isForeign = (type: string) => (owners.get(type) ?? subgraph.name) !== subgraph.name;
  return fieldsOf(subgraph.document).flatMap(({ type, field }) => [
    ...lintReference(type, field, isForeign, owners),
    ...lintContribution(type, field, isForeign, owners),
  ]);
}

type Owners = ReadonlyMap<string, string>;
type IsForeign = (type: string) => boolean;

function lintReference(type: TypeNode, field: FieldDefinitionNode, isForeign: IsForeign, owners: Owners): Problem[] {
  const { name, isNullable } = innermost(field.type);
  if (isNullable || !isForeign(name)) return [];
  const message = `${type.name.value}.${field.name.value} leads to ${name}, which is of "${owners.get(name)}", and must be nullable`;
  return [{ severity: 'error', rule: 'nullable-reference', message, at: placeOf(field) }];
}

function lintContribution(type: TypeNode, field: FieldDefinitionNode, isForeign: IsForeign, owners: Owners): Problem[] {
  const owner = type.name.value;
  if (!isForeign(owner) || keyFields(type).has(field.name.value)) return [];
  if (field.type.kind !== Kind.NON_NULL_TYPE || isExternal(field)) return [];
  const message = `${owner}.${field.name.value} is added to ${owner}, which is of "${owners.get(owner)}", and must be nullable`;
  return [{ severity: 'error', rule: 'nullable-reference', message, at: placeOf(field) }];
}

/**
 * Each entity's owner: of the subgraphs that resolve it, the one whose root fields lead to it, and else the one that knows
 * most about it.
 */
function ownersOf(all: readonly Subgraph[]): Owners {
  const claims = all.flatMap(({ name, document }) => {
    const roots = fieldsOf(document).filter(({ type }) => type.name.value === 'Query');
    const led = new Set(roots.map(({ field }) => innermost(field.type).name));
    return typesOf(document)
      .filter((type) => resolvableKeys(type).length > 0)
      .map((type) => ({
        type: type.name.value,
        subgraph: name,
        isLed: led.has(type.name.value),
        fields: 'fields' in type ? (type.fields?.length ?? 0) : 0,
      }));
  });
  const ascending = claims.sort((one, other) => Number(one.isLed) - Number(other.isLed) || one.fields - other.fields);
  return new Map(ascending.map(({ type, subgraph }) => [type, subgraph]));
}

function resolvableKeys({ directives = [] }: TypeNode) {
  return directives.filter(
    ({ name, arguments: args = [] }) =>
      name.value === 'key' &&
      !args.some(
        (arg) => arg.name.value === 'resolvable' && arg.value.kind === Kind.BOOLEAN && arg.value.value === false,
      ),
  );
}

function keyFields({ directives = [] }: TypeNode): ReadonlySet<string> {
  const sets = directives
    .filter(({ name }) => name.value === 'key')
    .flatMap(({ arguments: args = [] }) => args.filter(({ name }) => name.value === 'fields'));
  return new Set(sets.flatMap(({ value }) => (value.kind === Kind.STRING ? (value.value.match(/\w+/g) ?? []) : [])));
}

const isExternal = ({ directives = [] }: FieldDefinitionNode) =>
  directives.some(({ name }) => name.value === 'external');

/** The type inside all lists: `[User!]!` is a `User` that cannot be null. */
function innermost(type: TypeReference, isNullable = true): { name: string; isNullable: boolean } {
  if (type.kind === Kind.NON_NULL_TYPE) return innermost(type.type, false);
  if (type.kind === Kind.LIST_TYPE) return innermost(type.type);
  return { name: type.name.value, isNullable };
}
