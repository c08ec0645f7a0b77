import type { FetchNode, QueryPlanSelectionNode } from '@apollo/query-planner';
import { type FieldNode, Kind, type OperationDefinitionNode, type SelectionNode, type SelectionSetNode } from 'graphql';
import { readOperation, writeOperation } from './fetch-operation.ts';
import { type Need, needsKey } from './requirements-apart.ts';
import type { Corrections } from './restore-plan.ts';

/**
 * A representation has one place for a field, so an entity fetch whose fields require it with different arguments becomes
 * several, each with one of them. The last has the id that others wait for.
 */
export function splitFetch(fetch: FetchNode, corrections: Corrections): readonly FetchNode[] {
  const rivals = rivalsIn(fetch.requires ?? [], corrections);
  if (rivals.size === 0) return [fetch];
  const { operation, entities } = readEntityFetch(fetch.operation);
  const parts = partition(entities.selectionSet, fetch.serviceName, rivals, corrections);
  return parts.map(({ fields, standIns }, index): FetchNode => {
    const { operationDocumentNode: _, id, variableUsages, contextRewrites, ...rest } = fetch;
    const selectionSet = keepFields(entities.selectionSet, fields);
    const text = writeOperation({
      ...operation,
      selectionSet: { ...operation.selectionSet, selections: [{ ...entities, ...(selectionSet && { selectionSet }) }] },
    });
    const isUsed = (variable: string) => text.variables.has(variable);
    return {
      ...rest,
      ...(id !== undefined && index === parts.length - 1 && { id }),
      ...(variableUsages && { variableUsages: variableUsages.filter(isUsed) }),
      ...(contextRewrites && { contextRewrites: contextRewrites.filter(({ renameKeyTo }) => isUsed(renameKeyTo)) }),
      operation: text.operation,
      requires: without(fetch.requires ?? [], (name) => rivals.has(name) && !standIns.has(name)),
    };
  });
}

/** The stand-ins that want the same place of a representation as another one. */
function rivalsIn(requires: readonly QueryPlanSelectionNode[], { standIns }: Corrections): ReadonlySet<string> {
  const places = new Map<string, Set<string>>();
  const look = (selections: readonly QueryPlanSelectionNode[], path: readonly string[]): void => {
    for (const selection of selections) {
      if (selection.kind === 'InlineFragment') {
        look(selection.selections, path);
        continue;
      }
      const field = standIns.get(selection.name)?.field;
      const place = [...path, field ?? selection.name];
      if (field !== undefined) {
        const key = place.join('.');
        places.set(key, (places.get(key) ?? new Set()).add(selection.name));
      }
      look(selection.selections ?? [], place);
    }
  };
  look(requires, []);
  return new Set([...places.values()].flatMap((names) => (names.size > 1 ? [...names] : [])));
}

type Part = { readonly fields: Set<FieldNode>; readonly standIns: Set<string>; readonly places: Map<string, string> };

function partition(
  entities: SelectionSetNode | undefined,
  subgraph: string,
  rivals: ReadonlySet<string>,
  { needs, graphs }: Corrections,
): readonly Part[] {
  const parts: Part[] = [];
  const graph = graphs.get(subgraph) ?? subgraph;
  const place = (field: FieldNode, type: string): void => {
    const own = (needs.get(needsKey(graph, type, field.name.value)) ?? []).filter(({ standIn }) => rivals.has(standIn));
    const fits = (part: Part) => own.every((need) => (part.places.get(placeOf(need)) ?? need.standIn) === need.standIn);
    let part = parts.find(fits);
    if (!part) {
      part = { fields: new Set(), standIns: new Set(), places: new Map() };
      parts.push(part);
    }
    part.fields.add(field);
    for (const need of own) {
      part.standIns.add(need.standIn);
      part.places.set(placeOf(need), need.standIn);
    }
  };
  const walk = (set: SelectionSetNode | undefined, type: string): void => {
    for (const selection of set?.selections ?? []) {
      if (selection.kind === Kind.FIELD) place(selection, type);
      else if (selection.kind === Kind.INLINE_FRAGMENT)
        walk(selection.selectionSet, selection.typeCondition?.name.value ?? type);
    }
  };
  walk(entities, '_Entity');
  return parts;
}

const placeOf = ({ path }: Need) => path.join('.');

function readEntityFetch(text: string): { operation: OperationDefinitionNode; entities: FieldNode } {
  const operation = readOperation(text);
  const [entities] = operation.selectionSet.selections;
  if (entities?.kind !== Kind.FIELD) throw new Error(`'${text}' asks for no entities`);
  return { operation, entities };
}

function keepFields(set: SelectionSetNode | undefined, kept: ReadonlySet<FieldNode>): SelectionSetNode | undefined {
  const selections = (set?.selections ?? []).flatMap((selection): SelectionNode[] => {
    if (selection.kind === Kind.FIELD) return kept.has(selection) ? [selection] : [];
    if (selection.kind === Kind.FRAGMENT_SPREAD) return [];
    const selectionSet = keepFields(selection.selectionSet, kept);
    return selectionSet ? [{ ...selection, selectionSet }] : [];
  });
  return selections.length > 0 ? { kind: Kind.SELECTION_SET, selections } : undefined;
}

function without(
  selections: readonly QueryPlanSelectionNode[],
  isLeftOut: (name: string) => boolean,
): QueryPlanSelectionNode[] {
  return selections.flatMap((selection): QueryPlanSelectionNode[] => {
    if (selection.kind === 'InlineFragment')
      return [{ ...selection, selections: without(selection.selections, isLeftOut) }];
    if (isLeftOut(selection.name)) return [];
    return [{ ...selection, ...(selection.selections && { selections: without(selection.selections, isLeftOut) }) }];
  });
}
