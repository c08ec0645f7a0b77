import { type ASTNode, type DocumentNode, Kind, parse, print, type SelectionSetNode, visit } from 'graphql';
import type { Operation } from './generate-operation.ts';

const MAX_ATTEMPTS = 400;

/** The smallest operation, by leaving out selections and directives, that still shows what `fails` looks for. */
export async function minimise(
  operation: Operation,
  fails: (smaller: Operation) => Promise<boolean>,
): Promise<Operation> {
  let smallest = operation;
  let attempts = 0;
  for (let isSmaller = true; isSmaller; ) {
    isSmaller = false;
    const document = parse(smallest.query);
    for (const part of removable(document)) {
      if (attempts++ >= MAX_ATTEMPTS) return smallest;
      const candidate = { ...smallest, query: print(tidy(without(document, part))) };
      if (!(await fails(candidate).catch(() => false))) continue;
      smallest = candidate;
      isSmaller = true;
      break;
    }
  }
  return smallest;
}

/** Larger parts first. */
function removable(document: DocumentNode): ASTNode[] {
  const parts: ASTNode[] = [];
  visit(document, {
    SelectionSet({ selections }: SelectionSetNode) {
      if (selections.length > 1) parts.push(...selections);
    },
    Directive: (node) => void parts.push(node),
    Argument: (node) => void parts.push(node),
  });
  return parts.toSorted((one, other) => print(other).length - print(one).length);
}

const without = (document: DocumentNode, part: ASTNode): DocumentNode =>
  visit(document, { enter: (node) => (node === part ? null : undefined) });

/** Without variables and fragments that nothing uses any more. */
function tidy(document: DocumentNode): DocumentNode {
  const variables = new Set<string>();
  const fragments = new Set<string>();
  visit(document, {
    Variable: ({ name }, _, parent) => {
      if (!(parent && 'kind' in parent && parent.kind === Kind.VARIABLE_DEFINITION)) variables.add(name.value);
    },
    FragmentSpread: ({ name }) => void fragments.add(name.value),
  });
  return visit(document, {
    VariableDefinition: ({ variable }) => (variables.has(variable.name.value) ? undefined : null),
    FragmentDefinition: ({ name }) => (fragments.has(name.value) ? undefined : null),
  });
}
