import { type ArgumentNode, type DirectiveNode, type DocumentNode, Kind, visit } from 'graphql';

/** The variables that decide what is asked. */
export function conditionsOf(document: DocumentNode): string[] {
  const names = new Set<string>();
  visit(document, {
    Directive(directive) {
      if (!isCondition(directive)) return;
      for (const { value } of directive.arguments ?? []) if (value.kind === Kind.VARIABLE) names.add(value.name.value);
    },
  });
  return [...names];
}

/** The document with what these variables say in their place in `@skip` and `@include`. */
export function withConditions(document: DocumentNode, values: ReadonlyMap<string, boolean>): DocumentNode {
  const decide = (argument: ArgumentNode): ArgumentNode => {
    const value = argument.value.kind === Kind.VARIABLE ? values.get(argument.value.name.value) : undefined;
    return value === undefined ? argument : { ...argument, value: { kind: Kind.BOOLEAN, value } };
  };
  return visit(document, {
    Directive: (directive) =>
      isCondition(directive) ? { ...directive, arguments: (directive.arguments ?? []).map(decide) } : undefined,
  });
}

export const isCondition = ({ name }: DirectiveNode) => name.value === 'skip' || name.value === 'include';
