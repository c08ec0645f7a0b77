import { type ConstDirectiveNode, type DirectiveNode, type DocumentNode, Kind, type SelectionSetNode } from 'graphql';

export type DirectiveCount = { total: number; mostOnOne: number };

/** The directives of a document, each counted where it is written. */
export function countDirectives({ definitions }: DocumentNode): DirectiveCount {
  const count: DirectiveCount = { total: 0, mostOnOne: 0 };
  const take = (directives: readonly (DirectiveNode | ConstDirectiveNode)[] = []): void => {
    count.total += directives.length;
    count.mostOnOne = Math.max(count.mostOnOne, directives.length);
  };
  const takeAll = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      take(selection.directives);
      if (selection.kind !== Kind.FRAGMENT_SPREAD && selection.selectionSet) takeAll(selection.selectionSet);
    }
  };
  for (const definition of definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION && definition.kind !== Kind.FRAGMENT_DEFINITION) continue;
    take(definition.directives);
    for (const variable of definition.variableDefinitions ?? []) take(variable.directives);
    takeAll(definition.selectionSet);
  }
  return count;
}
