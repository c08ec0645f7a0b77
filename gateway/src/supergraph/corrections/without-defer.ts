import { type DocumentNode, Kind, visit } from 'graphql';

/**
 * The same without its `@defer`s, or the very same where there are none to leave out: there are operations that the planner cannot
 * plan in parts, and it is allowed to answer as a whole. Not so a subscription, in which `@defer` has no place.
 */
export function withoutDefer(document: DocumentNode): DocumentNode {
  const isSubscription = document.definitions.some(
    (definition) => definition.kind === Kind.OPERATION_DEFINITION && definition.operation === 'subscription',
  );
  if (isSubscription) return document;
  return visit(document, { Directive: ({ name }) => (name.value === 'defer' ? null : undefined) });
}
