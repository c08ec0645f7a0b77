import {
  type DocumentNode,
  type GraphQLFormattedError,
  type GraphQLSchema,
  getVariableValues,
  isInputType,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  typeFromAST,
  type VariableDefinitionNode,
  valueFromAST,
  visit,
} from 'graphql';
import { compileFit, type Fits } from './fitting-values.ts';
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
  const given = (variables: Variables, coerced: Variables): Given => {
    if (!isTaken) return { variables, coerced };
    return {
      variables: { ...variables, [STAND_IN]: variables[TAKEN] },
      coerced: { ...coerced, [STAND_IN]: coerced[TAKEN] },
    };
  };
  const takeFitting = compileFitting(schema, variableDefinitions);
  return (variables) => {
    const fitting = takeFitting(variables);
    if (fitting) return given(variables, fitting);
    const { coerced, errors } = getVariableValues(schema, variableDefinitions, variables, { maxErrors: MAX_ERRORS });
    if (!errors) return given(variables, coerced);
    const told = errors.map(({ message }) => ({
      message: hidesSchema ? withoutSuggestion(message) : message,
      extensions: { code: 'BAD_USER_INPUT' },
    }));
    return { refused: refusal(told) };
  };
}

type Checked = {
  readonly name: string;
  readonly fits: Fits;
  /** What it is when it is not given; none when it has to be. */
  readonly absent: { readonly value: unknown } | undefined;
};

/** Compiles into what gives the values with their defaults, or nothing as soon as one is not what coercion would make of it. */
function compileFitting(schema: GraphQLSchema, definitions: readonly VariableDefinitionNode[]) {
  const all = definitions.map((definition) => checkedOf(schema, definition));
  return (variables: Variables): Variables | undefined => {
    let absent: Record<string, unknown> | undefined;
    for (const checked of all) {
      if (!checked) return undefined;
      const { name } = checked;
      if (Object.hasOwn(variables, name)) {
        if (!checked.fits(variables[name])) return undefined;
      } else if (!checked.absent) return undefined;
      else if (checked.absent.value !== undefined) {
        absent ??= {};
        absent[name] = checked.absent.value;
      }
    }
    return absent ? { ...variables, ...absent } : variables;
  };
}

function checkedOf(
  schema: GraphQLSchema,
  { variable, type: declared, defaultValue }: VariableDefinitionNode,
): Checked | undefined {
  const type = typeFromAST(schema, declared);
  if (!isInputType(type)) return undefined;
  const value = defaultValue && valueFromAST(defaultValue, type);
  const mayLack = value !== undefined || !isNonNullType(type);
  return { name: variable.name.value, fits: compileFit(type), absent: mayLack ? { value } : undefined };
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
