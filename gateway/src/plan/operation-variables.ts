import {
  type DocumentNode,
  type GraphQLFormattedError,
  type GraphQLSchema,
  getVariableValues,
  Kind,
  type OperationDefinitionNode,
  visit,
} from 'graphql';
import type { Executed, Variables } from './prepared-operation.ts';

/** The plan's own name for what it sends entities in; a client's variable of this name has to give way. */
const TAKEN = 'representations';
const STAND_IN = '__representations';
const MAX_ERRORS = 10;
const NONE: Variables = Object.freeze({});

export type Given = { readonly variables: Variables; readonly coerced: Variables } | { readonly refused: Executed };

/** Compiles the definitions of an operation's variables into what checks values for them. */
export function compileCoercion(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  hidesSchema: boolean,
): (variables: Variables) => Given {
  if (variableDefinitions.length === 0) return () => ({ variables: NONE, coerced: NONE });
  const isTaken = variableDefinitions.some(({ variable }) => variable.name.value === TAKEN);
  return (variables) => {
    const { coerced, errors } = getVariableValues(schema, variableDefinitions, variables, { maxErrors: MAX_ERRORS });
    if (errors) {
      const told = errors.map(({ message }) => ({
        message: hidesSchema ? withoutSuggestion(message) : message,
        extensions: { code: 'BAD_USER_INPUT' },
      }));
      return { refused: refusal(told) };
    }
    if (!isTaken) return { variables, coerced };
    return {
      variables: { ...variables, [STAND_IN]: variables[TAKEN] },
      coerced: { ...coerced, [STAND_IN]: coerced[TAKEN] },
    };
  };
}

export function withoutSuggestion(message: string): string {
  return message.replace(/ ?Did you mean [^?]*\?/g, '');
}

function refusal(errors: readonly GraphQLFormattedError[]): Executed {
  return { body: Buffer.from(JSON.stringify({ errors })), errors, isExecuted: false };
}

/** The document with no variable by a name that plans use themselves. */
export function freeNames(document: DocumentNode): DocumentNode {
  const isTaken = document.definitions.some(
    (definition) =>
      definition.kind === Kind.OPERATION_DEFINITION &&
      definition.variableDefinitions?.some(({ variable }) => variable.name.value === TAKEN),
  );
  if (!isTaken) return document;
  return visit(document, {
    Variable: (node) => (node.name.value === TAKEN ? { ...node, name: { ...node.name, value: STAND_IN } } : undefined),
  });
}
