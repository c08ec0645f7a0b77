import {
  type InterfaceTypeDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  parse,
  type SelectionSetNode,
} from 'graphql';
import { argumentOf, type Feature, identityOf, nameIn, textOf } from './core-features.ts';

/** A key by which a subgraph can be asked: what its directives call the subgraph, and the key's values (`id`, `brand.id`). */
export type Key = { readonly graph: string; readonly paths: ReadonlySet<string> };

/** The resolvable keys of a type of the supergraph. */
export function keysIn(
  { directives = [] }: ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode,
  features: readonly Feature[],
): Key[] {
  const join = features.find(({ identity }) => identity === identityOf('join'));
  const name = join && nameIn(join, '@type');
  return directives.flatMap((directive) => {
    if (directive.name.value !== name) return [];
    const graph = textOf(argumentOf(directive, 'graph'));
    const fields = textOf(argumentOf(directive, 'key'));
    const resolvable = argumentOf(directive, 'resolvable');
    const isResolvable = resolvable?.kind !== Kind.BOOLEAN || resolvable.value;
    if (graph === undefined || fields === undefined || !isResolvable) return [];
    const [operation] = parse(`{${fields}}`, { noLocation: true }).definitions;
    const paths = operation?.kind === Kind.OPERATION_DEFINITION ? pathsIn(operation.selectionSet) : [];
    return [{ graph, paths: new Set(paths) }];
  });
}

function pathsIn({ selections }: SelectionSetNode): string[] {
  return selections.flatMap((selection) => {
    if (selection.kind === Kind.FRAGMENT_SPREAD) return [];
    if (selection.kind === Kind.INLINE_FRAGMENT) return pathsIn(selection.selectionSet);
    const { name, selectionSet } = selection;
    return selectionSet ? pathsIn(selectionSet).map((path) => `${name.value}.${path}`) : [name.value];
  });
}
