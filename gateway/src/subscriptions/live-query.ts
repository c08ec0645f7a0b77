import {
  type ArgumentNode,
  type ASTNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionSetNode,
  type VariableDefinitionNode,
  visit,
} from 'graphql';
import type { LiveField, LiveFields } from './live-fields.ts';

/** A subscription as the query that is asked on each of its events. */
export type LiveQuery = {
  readonly field: LiveField;
  /** The subscription's own field, as it was asked for. */
  readonly root: FieldNode;
  /** The one field of each answer. */
  readonly responseKey: string;
  readonly document: DocumentNode;
  /** The variable by which it is told which entity has changed. */
  readonly idVariable: string;
  /** Those of the subscription's variables that it has, too. */
  readonly variables: readonly string[];
  /** What the subscription says of its `id`; undefined when it does not. */
  readonly id: ArgumentNode['value'] | undefined;
};

/**
 * Makes of `subscription { thingChanged(id: $x) { name } }`, which has to be valid, the query
 * `query ($id_: ID!) { thingChanged: thing(id: $id_) { name } }`. Undefined when its field is not served by events.
 */
export function toLiveQuery(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  fields: LiveFields,
): LiveQuery | undefined {
  const root = firstField(document, operation.selectionSet);
  const field = root && fields.get(root.name.value);
  if (!root || !field) return undefined;
  const definitions = operation.variableDefinitions ?? [];
  const idVariable = unusedName(definitions);
  const responseKey = root.alias?.value ?? root.name.value;
  const isPassedOn = (name: string) => name !== 'id' && !(field.hasInitial && name === 'initial');
  const selection: FieldNode = {
    ...root,
    alias: { kind: Kind.NAME, value: responseKey },
    name: { kind: Kind.NAME, value: field.query },
    arguments: [...(root.arguments ?? []).filter(({ name }) => isPassedOn(name.value)), idArgument(idVariable)],
  };
  const fragments = usedFragments(document, selection);
  const used = variablesIn([selection, ...fragments]);
  const kept = definitions.filter(({ variable }) => used.has(variable.name.value));
  const query: OperationDefinitionNode = {
    kind: Kind.OPERATION_DEFINITION,
    operation: OperationTypeNode.QUERY,
    ...(operation.name && { name: operation.name }),
    variableDefinitions: [...kept, idDefinition(idVariable)],
    selectionSet: { kind: Kind.SELECTION_SET, selections: [selection] },
  };
  return {
    field,
    root,
    responseKey,
    document: { kind: Kind.DOCUMENT, definitions: [query, ...fragments] },
    idVariable,
    variables: kept.map(({ variable }) => variable.name.value),
    id: root.arguments?.find(({ name }) => name.value === 'id')?.value,
  };
}

/** A valid subscription has one field only, however deep in fragments. */
function firstField(document: DocumentNode, { selections }: SelectionSetNode): FieldNode | undefined {
  const [first] = selections;
  switch (first?.kind) {
    case undefined:
    case Kind.FIELD:
      return first;
    case Kind.INLINE_FRAGMENT:
      return firstField(document, first.selectionSet);
    case Kind.FRAGMENT_SPREAD: {
      const fragment = fragmentNamed(document, first.name.value);
      return fragment && firstField(document, fragment.selectionSet);
    }
  }
}

function usedFragments(document: DocumentNode, start: ASTNode): FragmentDefinitionNode[] {
  const used = new Map<string, FragmentDefinitionNode>();
  const follow = (node: ASTNode) =>
    visit(node, {
      FragmentSpread({ name }) {
        const fragment = used.has(name.value) ? undefined : fragmentNamed(document, name.value);
        if (!fragment) return;
        used.set(name.value, fragment);
        follow(fragment);
      },
    });
  follow(start);
  return [...used.values()];
}

function fragmentNamed(document: DocumentNode, name: string): FragmentDefinitionNode | undefined {
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === name) return definition;
  return undefined;
}

function variablesIn(nodes: readonly ASTNode[]): Set<string> {
  const names = new Set<string>();
  for (const node of nodes) visit(node, { Variable: ({ name }) => void names.add(name.value) });
  return names;
}

function unusedName(definitions: readonly VariableDefinitionNode[]): string {
  const taken = new Set(definitions.map(({ variable }) => variable.name.value));
  let name = 'id_';
  while (taken.has(name)) name += '_';
  return name;
}

const variable = (name: string) => ({ kind: Kind.VARIABLE, name: { kind: Kind.NAME, value: name } }) as const;

const idArgument = (name: string): ArgumentNode => ({
  kind: Kind.ARGUMENT,
  name: { kind: Kind.NAME, value: 'id' },
  value: variable(name),
});

const idDefinition = (name: string): VariableDefinitionNode => ({
  kind: Kind.VARIABLE_DEFINITION,
  variable: variable(name),
  type: { kind: Kind.NON_NULL_TYPE, type: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: 'ID' } } },
});
