import {
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  stripIgnoredCharacters,
  visit,
} from 'graphql';

/** What a fetch asks, with fragments in the place of their spreads: fields are then told apart by where they are. */
export function readOperation(text: string): OperationDefinitionNode {
  const { definitions } = parse(text, { noLocation: true });
  const fragments = new Map(
    definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition]] : [],
    ),
  );
  const operation = definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  if (!operation) throw new Error(`'${text}' asks for nothing`);
  return inline(operation, fragments);
}

function inline(
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): OperationDefinitionNode {
  return visit(operation, {
    FragmentSpread: ({ name, directives }) => {
      const fragment = fragments.get(name.value);
      if (!fragment) return undefined;
      const { typeCondition } = fragment;
      // Each spread's own, so that what is changed in one place is not changed in all.
      const selectionSet = structuredClone(fragment.selectionSet);
      return { kind: Kind.INLINE_FRAGMENT, typeCondition, directives, selectionSet };
    },
  });
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
