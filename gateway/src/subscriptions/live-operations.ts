import { hash } from 'node:crypto';
import {
  type GraphQLSchema,
  getArgumentValues,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  print,
  type ValueNode,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Document } from '../operations/documents.ts';
import { RequestErrors } from '../operations/request-errors.ts';
import { withoutSuggestion } from '../plan/operation-variables.ts';
import type { LiveFields } from './live-fields.ts';
import { type LiveQuery, toLiveQuery } from './live-query.ts';

/** What subscriptions have to know of a supergraph. */
export type LiveGraph = { readonly id: string; readonly schema: GraphQLSchema; readonly fields: LiveFields };

/** A subscription that may begin: what is read on each change, of which entity. */
export type LiveOperation = {
  readonly query: LiveQuery;
  readonly document: Document;
  /** The entity that it follows; undefined when it follows all that are the viewer's own. */
  readonly entityId: string | undefined;
  /** Whether to tell at once how it is now, before any change. */
  readonly isInitial: boolean;
  variablesFor(entityId: string): Readonly<Record<string, unknown>>;
};

type Variables = Readonly<Record<string, unknown>>;
type Known = { operation: OperationDefinitionNode; query: LiveQuery; document: Document };

const MAX_KNOWN = 1_000;
const MAX_ERRORS = 10;

/** Makes queries of subscriptions that have been found valid. */
export function createLiveOperations() {
  const known = new LRUCache<string, Known>({ max: MAX_KNOWN });

  return {
    /** Undefined for a field that events do not serve. @throws RequestErrors for variables that do not fit */
    prepare(graph: LiveGraph, document: Document, operationName: string | undefined, variables: Variables) {
      const key = `${graph.id} ${document.hash} ${operationName ?? ''}`;
      const found = known.get(key) ?? look(graph, document, operationName);
      if (!found) return undefined;
      known.set(key, found);
      const { operation, query } = found;
      const { errors, coerced } = getVariableValues(graph.schema, operation.variableDefinitions ?? [], variables, {
        maxErrors: MAX_ERRORS,
      });
      if (errors)
        throw new RequestErrors(
          // What the schema has instead is not told, wherever this runs.
          errors.map(({ message }) => ({
            message: withoutSuggestion(message),
            extensions: { code: 'BAD_USER_INPUT' },
          })),
        );
      const kept: Variables = Object.fromEntries(
        query.variables.filter((name) => name in variables).map((name) => [name, variables[name]]),
      );
      const live: LiveOperation = {
        query,
        document: found.document,
        entityId: query.id && idOf(query.id, coerced),
        isInitial: query.field.hasInitial && argumentsOf(graph, query, coerced).initial === true,
        variablesFor: (entityId) => ({ ...kept, [query.idVariable]: entityId }),
      };
      return live;
    },
  };
}

function look({ fields }: LiveGraph, { node }: Document, operationName: string | undefined): Known | undefined {
  const operation = node.definitions.find(
    (definition) =>
      definition.kind === Kind.OPERATION_DEFINITION &&
      (operationName === undefined || definition.name?.value === operationName),
  );
  const query = operation?.kind === Kind.OPERATION_DEFINITION && toLiveQuery(node, operation, fields);
  if (!query) return undefined;
  const text = print(query.document);
  const document: Document = {
    hash: hash('sha256', text, 'hex'),
    text,
    node: query.document,
    operations: [{ name: operation.name?.value, type: 'query' }],
  };
  return { operation, query, document };
}

function argumentsOf({ schema }: LiveGraph, { root }: LiveQuery, variables: Variables): Variables {
  const field = schema.getSubscriptionType()?.getFields()[root.name.value];
  return field ? getArgumentValues(field, root, variables) : {};
}

function idOf(value: ValueNode, variables: Variables): string | undefined {
  if (value.kind === Kind.STRING || value.kind === Kind.INT) return value.value;
  const id = value.kind === Kind.VARIABLE ? variables[value.name.value] : undefined;
  return typeof id === 'string' ? id : undefined;
}
