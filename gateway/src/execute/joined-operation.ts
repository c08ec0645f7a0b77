import { hash } from 'node:crypto';
import {
  type FieldNode,
  Kind,
  type NameNode,
  type OperationDefinitionNode,
  parse,
  print,
  stripIgnoredCharacters,
  visit,
} from 'graphql';
import type { SubgraphCall } from './subgraph-call.ts';

export type JoinedOperation = Pick<SubgraphCall, 'query' | 'id' | 'operationName'>;

/** What the answer of each operation is called in the joined one, and how its variables begin. */
export const answerName = (index: number): string => `_${index}`;
export const variablePrefix = (index: number): string => `v${index}_`;

/** One operation that asks all that these entity fetches ask; undefined when it cannot be told how. */
export function joinOperations(calls: readonly SubgraphCall[]): JoinedOperation | undefined {
  const documents = calls.map(({ query }, index) => setApart(query, index));
  const operations: OperationDefinitionNode[] = [];
  for (const definition of documents.flatMap((document) => document.definitions))
    if (definition.kind === Kind.OPERATION_DEFINITION) operations.push(definition);
  const [first] = operations;
  if (!first || operations.length !== calls.length || !operations.every(asksEntitiesOnly)) return undefined;

  const fragments = documents
    .flatMap((document) => document.definitions)
    .filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION);
  const joined: OperationDefinitionNode = {
    ...first,
    variableDefinitions: operations.flatMap(({ variableDefinitions = [] }) => variableDefinitions),
    selectionSet: {
      kind: Kind.SELECTION_SET,
      selections: operations.flatMap(({ selectionSet }) => selectionSet.selections),
    },
  };
  const text = print({ kind: Kind.DOCUMENT, definitions: [joined, ...fragments] });
  const query = stripIgnoredCharacters(text);
  const id = hash('sha256', `${calls[0]?.subgraph} ${query}`, 'hex').slice(0, 32);
  return { query, id, operationName: first.name?.value };
}

function asksEntitiesOnly({ selectionSet, directives = [] }: OperationDefinitionNode): boolean {
  const [only, other] = selectionSet.selections;
  return only?.kind === Kind.FIELD && only.name.value === '_entities' && other === undefined && directives.length === 0;
}

/** Gives everything in an operation names that no other operation of the joined one has. */
function setApart(query: string, index: number) {
  const prefix = variablePrefix(index);
  const renamed = (name: NameNode): NameNode => ({ ...name, value: `${prefix}${name.value}` });
  return visit(parse(query, { noLocation: true }), {
    Variable: (node) => ({ ...node, name: renamed(node.name) }),
    FragmentSpread: (node) => ({ ...node, name: renamed(node.name) }),
    FragmentDefinition: (node) => ({ ...node, name: renamed(node.name) }),
    Field: (node): FieldNode | undefined =>
      node.name.value === '_entities' ? { ...node, alias: { kind: Kind.NAME, value: answerName(index) } } : undefined,
  });
}
