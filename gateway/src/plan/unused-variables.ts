import { Kind, parse, print, stripIgnoredCharacters } from 'graphql';
import type { FetchNode } from './plan-nodes.ts';

type Asking = { readonly query: string; readonly variableUsages: readonly string[] };

/**
 * The planner declares variables of selections that it has simplified away, and a subgraph that validates refuses an operation
 * that declares what it does not use.
 */
export function withoutUnusedVariables({ operation: query, variableUsages = [] }: FetchNode): Asking {
  const unused = variableUsages.filter((name) => occurrences(query, name) === 1);
  if (unused.length === 0) return { query, variableUsages };
  const document = parse(query, { noLocation: true });
  const definitions = document.definitions.map((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION
      ? {
          ...definition,
          variableDefinitions: (definition.variableDefinitions ?? []).filter(
            ({ variable }) => !unused.includes(variable.name.value),
          ),
        }
      : definition,
  );
  return {
    query: stripIgnoredCharacters(print({ ...document, definitions })),
    variableUsages: variableUsages.filter((name) => !unused.includes(name)),
  };
}

/** The declaration is one of them. */
const occurrences = (query: string, name: string): number => query.split(new RegExp(`\\$${name}(?!\\w)`)).length - 1;
