import { type DirectiveNode, type DocumentNode, Kind, visit } from 'graphql';
import { argumentOf } from '../core-features.ts';

/**
 * To come back to a subgraph with what a `@requires` needs, the planner takes the first `@key` that the type has there,
 * `resolvable: false` or not, and asks the subgraph for an entity that it cannot find. So those that can be resolved
 * come first.
 */
export function putResolvableKeysFirst(document: DocumentNode): DocumentNode {
  const reorder = <T extends { readonly directives?: readonly DirectiveNode[] | undefined }>(
    type: T,
  ): T | undefined => {
    const { directives = [] } = type;
    const [closed, open] = [directives.filter(isUnresolvable), directives.filter((one) => !isUnresolvable(one))];
    return closed.length === 0 ? undefined : { ...type, directives: [...open, ...closed] };
  };
  return visit(document, { ObjectTypeDefinition: reorder, InterfaceTypeDefinition: reorder });
}

function isUnresolvable(directive: DirectiveNode): boolean {
  const resolvable = directive.name.value === 'join__type' ? argumentOf(directive, 'resolvable') : undefined;
  return resolvable?.kind === Kind.BOOLEAN && !resolvable.value;
}
