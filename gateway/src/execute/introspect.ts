import {
  type DocumentNode,
  executeSync,
  type FieldNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
} from 'graphql';
import type { Variables } from '../plan/prepared-operation.ts';

export type Introspect = (responseName: string, variables: Variables) => string;

/** Answers the introspection fields of an operation, and nothing else of it, from the schema. */
export function compileIntrospection(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  fieldsOf: (responseName: string) => readonly FieldNode[],
): Introspect {
  const fragments = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION);
  const isConstant = (operation.variableDefinitions ?? []).length === 0;
  const answered = new Map<string, string>();

  const ask = (name: string, variableValues: Variables): string => {
    const selectionSet = { kind: Kind.SELECTION_SET, selections: fieldsOf(name) } as const;
    const asked: DocumentNode = {
      kind: Kind.DOCUMENT,
      definitions: [{ ...operation, directives: [], selectionSet }, ...fragments],
    };
    const { data } = executeSync({ schema, document: asked, variableValues: { ...variableValues } });
    return JSON.stringify(data?.[name] ?? null);
  };
  return (name, variables) => {
    const known = answered.get(name);
    if (known !== undefined) return known;
    const text = ask(name, variables);
    if (isConstant) answered.set(name, text);
    return text;
  };
}
