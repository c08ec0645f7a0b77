import { Kind, parse, type SelectionSetNode } from 'graphql';

/** What `@key`, `@requires` and `@provides` name. */
export function parseFieldSet(text: string): SelectionSetNode {
  const [operation] = parse(`{${text}}`, { noLocation: true }).definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error(`'${text}' is no set of fields`);
  return operation.selectionSet;
}

/** The response names of a selection, those of objects with a way to them, for whatever type. */
export function namesIn({ selections }: Pick<SelectionSetNode, 'selections'>, way = ''): string[] {
  return selections.flatMap((selection) => {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return [];
    if (selection.kind === Kind.INLINE_FRAGMENT) return namesIn(selection.selectionSet, way);
    const name = `${way}${(selection.alias ?? selection.name).value}`;
    return selection.selectionSet ? [name, ...namesIn(selection.selectionSet, `${name}.`)] : [name];
  });
}
