import type { FetchNode, QueryPlanSelectionNode } from '@apollo/query-planner';
import { Kind, type SelectionSetNode, visit } from 'graphql';
import { readOperation, writeOperation } from './fetch-operation.ts';
import type { Home, Misplaced } from './misplaced-fields.ts';

export type Moved = {
  readonly misplaced: Misplaced;
  readonly home: Home;
  readonly serviceName: string;
  readonly operationName: string | undefined;
  /** Whether their type is an interface of the graph, which the subgraph knows as an object. */
  readonly isAbstract: boolean;
};

/** What asks for these fields alone. */
export function fetchMoved({ misplaced, home, serviceName, operationName, isAbstract }: Moved): FetchNode {
  const { operation, type, fields } = misplaced;
  const name = operationName ?? '';
  const shell = readOperation(
    `query ${name}($representations: [_Any!]!) { _entities(representations: $representations) { ... on ${type} { shell } } }`,
  );
  const declared = (operation.variableDefinitions ?? []).filter(
    ({ variable }) => variable.name.value !== 'representations',
  );
  const { operation: text, variables } = writeOperation({
    ...shell,
    variableDefinitions: [...(shell.variableDefinitions ?? []), ...declared],
    selectionSet: visit(shell.selectionSet, {
      // On the way out, so that it does not go into what is put there.
      InlineFragment: {
        leave: (fragment) => ({ ...fragment, selectionSet: { kind: Kind.SELECTION_SET, selections: fields } }),
      },
    }),
  });
  const required = [TYPENAME, ...(home.requires ? requirementsIn(home.requires) : []), ...requirementsIn(home.key)];
  return {
    kind: 'Fetch',
    serviceName,
    requires: [{ kind: 'InlineFragment', typeCondition: type, selections: required }],
    variableUsages: declared.map(({ variable }) => variable.name.value).filter((one) => variables.has(one)),
    operation: text,
    operationKind: shell.operation,
    operationName,
    ...(isAbstract && {
      inputRewrites: [{ kind: 'ValueSetter', path: [`... on ${type}`, '__typename'], setValueTo: type }],
    }),
  };
}

const TYPENAME: QueryPlanSelectionNode = { kind: 'Field', name: '__typename' };

function requirementsIn({ selections }: SelectionSetNode): QueryPlanSelectionNode[] {
  return selections.flatMap((selection): QueryPlanSelectionNode[] => {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return [];
    const { selectionSet } = selection;
    const inner = selectionSet ? requirementsIn(selectionSet) : [];
    if (selection.kind === Kind.FIELD)
      return [{ kind: 'Field', name: selection.name.value, ...(selectionSet && { selections: inner }) }];
    const typeCondition = selection.typeCondition?.name.value;
    return [{ kind: 'InlineFragment', ...(typeCondition !== undefined && { typeCondition }), selections: inner }];
  });
}
