import { Kind, type OperationDefinitionNode, parse, print, stripIgnoredCharacters, visit } from 'graphql';
import { inlineFragments } from './inline-fragments.ts';

/** What a fetch asks, with fragments in the place of their spreads: fields are then told apart by where they are. */
export function readOperation(text: string): OperationDefinitionNode {
  const [operation] = inlineFragments(parse(text, { noLocation: true })).definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error(`'${text}' asks for nothing`);
  return operation;
}

/** The text of an operation that declares what it uses, and the names of that. */
export function writeOperation(operation: OperationDefinitionNode) {
  const variables = new Set<string>();
  const note = {
    Variable: ({ name }: { readonly name: { readonly value: string } }) => void variables.add(name.value),
  };
  visit(operation.selectionSet, note);
  for (const directive of operation.directives ?? []) visit(directive, note);
  const variableDefinitions = operation.variableDefinitions?.filter(({ variable }) =>
    variables.has(variable.name.value),
  );
  const text = print({ ...operation, ...(variableDefinitions && { variableDefinitions }) });
  return { operation: stripIgnoredCharacters(text), variables };
}
