import { type DirectiveNode, type DocumentNode, Kind, parse, type SchemaDefinitionNode, visit } from 'graphql';
import { type Feature, isOf } from './core-features.ts';

/** The supergraph as if it did not use these features: without their links, definitions and uses. */
export function stripFeatures(document: DocumentNode, features: readonly Feature[]): DocumentNode {
  if (features.length === 0) return document;
  const links = new Set<DirectiveNode>(features.map(({ link }) => link));
  const isTheirs = (element: string) => features.some((feature) => isOf(feature, element));
  const dropType = ({ name }: { readonly name: { readonly value: string } }) =>
    isTheirs(name.value) ? null : undefined;
  return visit(document, {
    Directive: (node) => (links.has(node) || isTheirs(`@${node.name.value}`) ? null : undefined),
    DirectiveDefinition: (node) => (isTheirs(`@${node.name.value}`) ? null : undefined),
    ScalarTypeDefinition: dropType,
    EnumTypeDefinition: dropType,
    InputObjectTypeDefinition: dropType,
  });
}

export function addFeature(document: DocumentNode, feature: { url: string; definition: string }): DocumentNode {
  const example = parse(`schema @link(url: "${feature.url}", for: SECURITY) { query: Query } ${feature.definition}`, {
    noLocation: true,
  });
  const link = example.definitions.find(isSchema)?.directives ?? [];
  const definitions = document.definitions.map((definition) =>
    isSchema(definition) ? { ...definition, directives: [...(definition.directives ?? []), ...link] } : definition,
  );
  return { ...document, definitions: [...definitions, ...example.definitions.filter((one) => !isSchema(one))] };
}

const isSchema = (definition: { readonly kind: Kind }): definition is SchemaDefinitionNode =>
  definition.kind === Kind.SCHEMA_DEFINITION;
