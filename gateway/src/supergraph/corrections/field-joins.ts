import { type ConstDirectiveNode, type FieldDefinitionNode, Kind, type SelectionSetNode } from 'graphql';
import { argumentOf, textOf } from '../core-features.ts';
import { parseFieldSet } from './field-set.ts';
import type { Fielded } from './fielded-types.ts';

/** What the supergraph says of a field in one subgraph. */
export type Join = {
  readonly graph: string;
  /** Whether the subgraph only names the field, and another resolves it. */
  readonly isForeign: boolean;
  readonly requires: SelectionSetNode | undefined;
  readonly provides: SelectionSetNode | undefined;
};

export function joinsOf(type: Fielded, field: FieldDefinitionNode): Join[] {
  const own = (field.directives ?? []).filter(({ name }) => name.value === 'join__field');
  const joins = own.length > 0 ? own : (type.directives ?? []).filter(({ name }) => name.value === 'join__type');
  return joins.flatMap((join) => {
    const graph = textOf(argumentOf(join, 'graph'));
    if (graph === undefined) return [];
    const isForeign = isSet(join, 'external') || isSet(join, 'usedOverridden');
    return [{ graph, isForeign, requires: setIn(join, 'requires'), provides: setIn(join, 'provides') }];
  });
}

export function joinIn(type: Fielded | undefined, name: string, graph: string): Join | undefined {
  const field = type?.fields?.find((one) => one.name.value === name);
  return type && field && joinsOf(type, field).find((join) => join.graph === graph);
}

/** The keys by which a subgraph is asked for the type, as far as it has them itself. */
export function keysIn(type: Fielded, graph: string): SelectionSetNode[] {
  return (type.directives ?? []).flatMap((join) => {
    if (join.name.value !== 'join__type' || textOf(argumentOf(join, 'graph')) !== graph) return [];
    const resolvable = argumentOf(join, 'resolvable');
    const key = setIn(join, 'key');
    if (!key || (resolvable?.kind === Kind.BOOLEAN && !resolvable.value)) return [];
    const isOwn = key.selections.every(
      (selection) => selection.kind !== Kind.FIELD || joinIn(type, selection.name.value, graph)?.isForeign !== true,
    );
    return isOwn ? [key] : [];
  });
}

function isSet(join: ConstDirectiveNode, name: string): boolean {
  const value = argumentOf(join, name);
  return value?.kind === Kind.BOOLEAN && value.value;
}

function setIn(join: ConstDirectiveNode, name: string): SelectionSetNode | undefined {
  const text = textOf(argumentOf(join, name));
  return text === undefined ? undefined : parseFieldSet(text);
}
