import { hash } from 'node:crypto';
import {
  type ArgumentNode,
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldNode,
  Kind,
  print,
  type SelectionNode,
  type SelectionSetNode,
  stripIgnoredCharacters,
} from 'graphql';
import { argumentOf, textOf } from '../core-features.ts';
import { addStandIns, type Wanted } from './add-stand-ins.ts';
import { parseFieldSet } from './field-set.ts';
import { type Fielded, fieldedTypes, mapFields, namedType } from './fielded-types.ts';

/** A field that only the planner knows: another one, asked with the arguments that a `@requires` gives. */
export type StandIn = { readonly field: string; readonly arguments: readonly ArgumentNode[] };

/** A stand-in among what a `@requires` asks for, and its place: the names of the fields around it, and its real one. */
export type Need = { readonly path: readonly string[]; readonly standIn: string };

export type Apart = {
  readonly document: DocumentNode;
  /** By the name of the field that stands in. */
  readonly standIns: ReadonlyMap<string, StandIn>;
  /** By `needsKey`: what a field with `@requires` needs of stand-ins. */
  readonly needs: ReadonlyMap<string, readonly Need[]>;
};

export const needsKey = (graph: string, type: string, field: string) => `${graph} ${type}.${field}`;

/**
 * The planner has one response key for one field, whatever its arguments: what a `@requires` asks for with arguments meets
 * what a client or another `@requires` asks for with others, and one of them silently gets the other's value. So each such
 * requirement becomes a field of its own that no client sees; plans get the real one back in `restorePlan`.
 */
export function setRequirementsApart(document: DocumentNode, inaccessible: string): Apart {
  const types = fieldedTypes(document);
  const standIns = new Map<string, StandIn>();
  const needs = new Map<string, readonly Need[]>();
  const wanted: Wanted[] = [];

  const standInFor = (graph: string, type: Fielded, { name, arguments: given = [] }: FieldNode): string => {
    const field = name.value;
    // The same in every supergraph, so that what is kept by the text of a subgraph's operation outlives a new one.
    const digest = hash('sha256', given.map(print).toSorted().join(), 'hex').slice(0, 8);
    const standIn = `${field}__${digest}`;
    standIns.set(standIn, { field, arguments: given });
    wanted.push({ type: type.name.value, field, standIn, graph });
    return standIn;
  };

  const rewrite = (
    set: SelectionSetNode,
    typeName: string,
    path: readonly string[],
    into: Rewriting,
  ): SelectionSetNode => {
    const selections = set.selections.map((selection): SelectionNode => {
      if (selection.kind === Kind.FRAGMENT_SPREAD) return selection;
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        const condition = selection.typeCondition?.name.value ?? typeName;
        return { ...selection, selectionSet: rewrite(selection.selectionSet, condition, path, into) };
      }
      const type = types.get(typeName);
      const definition = type?.fields?.find(({ name }) => name.value === selection.name.value);
      if (!type || !definition) return selection;
      const place = [...path, selection.name.value];
      const { arguments: parameters = [] } = definition;
      const { arguments: given = [], selectionSet, name } = selection;
      const standIn = parameters.length + given.length > 0 ? standInFor(into.graph, type, selection) : undefined;
      if (standIn !== undefined) into.needs.push({ path: place, standIn });
      return {
        kind: Kind.FIELD,
        name: { kind: Kind.NAME, value: standIn ?? name.value },
        ...(selectionSet && { selectionSet: rewrite(selectionSet, namedType(definition.type), place, into) }),
      };
    });
    return { kind: Kind.SELECTION_SET, selections };
  };

  const rewriteRequires = (directive: ConstDirectiveNode, type: string, field: string): ConstDirectiveNode => {
    const requires = directive.name.value === 'join__field' ? textOf(argumentOf(directive, 'requires')) : undefined;
    if (requires === undefined) return directive;
    const into: Rewriting = { graph: textOf(argumentOf(directive, 'graph')) ?? '', needs: [] };
    const set = rewrite(parseFieldSet(requires), type, [], into);
    if (into.needs.length === 0) return directive;
    needs.set(needsKey(into.graph, type, field), into.needs);
    return withText(directive, 'requires', stripIgnoredCharacters(print(set)).slice(1, -1));
  };

  const rewritten = mapFields(document, ({ name: type, fields = [] }) =>
    fields.map((field) => ({
      ...field,
      directives: (field.directives ?? []).map((one) => rewriteRequires(one, type.value, field.name.value)),
    })),
  );
  if (wanted.length === 0) return { document, standIns, needs };
  const completed = addStandIns(rewritten, wanted, inaccessible);
  // A field that stands in for one with a `@requires` of its own has the same.
  for (const { type, field, standIn } of completed.added)
    for (const graph of completed.graphs) {
      const own = needs.get(needsKey(graph, type, field));
      if (own) needs.set(needsKey(graph, type, standIn), own);
    }
  return { document: completed.document, standIns, needs };
}

type Rewriting = { readonly graph: string; readonly needs: Need[] };

const withText = (directive: ConstDirectiveNode, name: string, value: string): ConstDirectiveNode => ({
  ...directive,
  arguments: (directive.arguments ?? []).map((argument) =>
    argument.name.value === name ? { ...argument, value: { kind: Kind.STRING, value } } : argument,
  ),
});
