import { type DirectiveNode, type DocumentNode, Kind, parse, type SchemaDefinitionNode, visit } from 'graphql';
import { type Feature, identityOf, isOf } from './core-features.ts';

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

/** The supergraph with `@inaccessible`, which hides from clients what it is on. `links`: its links, by which it is added. */
export function addInaccessible(document: DocumentNode, [link]: readonly DirectiveNode[]): DocumentNode {
  // Supergraphs of federation 1 say the same in another way.
  const isCore = link?.arguments?.some(({ name }) => name.value === 'feature');
  const added = isCore
    ? `@${link?.name.value}(feature: "${INACCESSIBLE}/v0.1")`
    : `@${link?.name.value}(url: "${INACCESSIBLE}/v0.2", for: SECURITY)`;
  const locations = isCore ? BASIC_LOCATIONS : ALL_LOCATIONS;
  const example = parse(`schema ${added} { query: Query } directive @inaccessible on ${locations}`, {
    noLocation: true,
  });
  const directives = example.definitions.find(isSchema)?.directives ?? [];
  const definitions = document.definitions.map((definition) =>
    isSchema(definition)
      ? { ...definition, directives: [...(definition.directives ?? []), ...directives] }
      : definition,
  );
  return { ...document, definitions: [...definitions, ...example.definitions.filter((one) => !isSchema(one))] };
}

const INACCESSIBLE = identityOf('inaccessible');
const BASIC_LOCATIONS = 'FIELD_DEFINITION | OBJECT | INTERFACE | UNION';
const ALL_LOCATIONS = `${BASIC_LOCATIONS} | ARGUMENT_DEFINITION | SCALAR | ENUM | ENUM_VALUE | INPUT_OBJECT | INPUT_FIELD_DEFINITION`;

const isSchema = (definition: { readonly kind: Kind }): definition is SchemaDefinitionNode =>
  definition.kind === Kind.SCHEMA_DEFINITION;
