import { type DirectiveNode, type DocumentNode, isTypeDefinitionNode, Kind, type ValueNode } from 'graphql';
import type { FieldPolicies, Requirement } from '../auth/field-policies.ts';
import { argumentOf, type Feature, identityOf, isOf, nameIn } from './core-features.ts';

type Names = { authenticated: string | undefined; requiresScopes: string | undefined; policy: string | undefined };

/** What `@authenticated`, `@requiresScopes` and `@policy` demand of those who ask. @throws for what cannot be understood */
export function readPolicies(document: DocumentNode, features: readonly Feature[]): FieldPolicies {
  const names: Names = {
    authenticated: nameOf('authenticated', features),
    requiresScopes: nameOf('requiresScopes', features),
    policy: nameOf('policy', features),
  };
  const policies = new Map<string, Requirement>();
  for (const [coordinate, directives] of coordinatesOf(document)) {
    const requirement = readRequirement(coordinate, directives, names);
    if (requirement) policies.set(coordinate, requirement);
  }
  return policies;
}

/** Where no link says so, it is enforced by its ordinary name, unless that is another feature's. */
function nameOf(directive: string, features: readonly Feature[]): string | undefined {
  const feature = features.find(({ identity }) => identity === identityOf(directive));
  if (feature) return nameIn(feature, `@${directive}`);
  return features.some((other) => isOf(other, `@${directive}`)) ? undefined : directive;
}

function readRequirement(
  coordinate: string,
  directives: readonly DirectiveNode[],
  names: Names,
): Requirement | undefined {
  const find = (name: string | undefined) => directives.find((directive) => directive.name.value === name);
  const authenticated = find(names.authenticated);
  const scopes = find(names.requiresScopes);
  const policy = find(names.policy);
  if (!authenticated && !scopes && !policy) return undefined;
  return {
    isAuthenticated: authenticated !== undefined,
    scopes: scopes && readAlternatives(coordinate, scopes, 'scopes'),
    policies: policy && readAlternatives(coordinate, policy, 'policies'),
  };
}

function readAlternatives(coordinate: string, directive: DirectiveNode, argument: string): readonly string[][] {
  const refuse = (): never => {
    throw new Error(`@${directive.name.value} on ${coordinate} has no '${argument}' that this gateway understands`);
  };
  const list = (value: ValueNode | undefined): readonly ValueNode[] =>
    value?.kind === Kind.LIST ? value.values : refuse();
  return list(argumentOf(directive, argument)).map((all) =>
    list(all).map((one) => (one.kind === Kind.STRING ? one.value : refuse())),
  );
}

function coordinatesOf(document: DocumentNode): readonly (readonly [string, readonly DirectiveNode[]])[] {
  return document.definitions.flatMap((definition) => {
    if (!isTypeDefinitionNode(definition)) return [];
    const { name, directives = [] } = definition;
    const own = [[name.value, directives] as const];
    if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION && definition.kind !== Kind.INTERFACE_TYPE_DEFINITION)
      return own;
    const { fields = [] } = definition;
    return [...own, ...fields.map((field) => [`${name.value}.${field.name.value}`, field.directives ?? []] as const)];
  });
}
