import { type DirectiveNode, type DocumentNode, Kind, type ObjectValueNode, type ValueNode } from 'graphql';

/** A specification that a supergraph says it follows (`@link`). */
export type Feature = {
  /** Its URL without the version. */
  readonly identity: string;
  readonly version: string;
  /** What its elements are called in this schema: `@name` the first, `@name__other` and `name__Type` the others. */
  readonly name: string;
  readonly purpose: string | undefined;
  /** The elements that go by another name than that, `@` before those of directives. */
  readonly imports: ReadonlyMap<string, string>;
  readonly link: DirectiveNode;
};

const APOLLO = 'https://specs.apollo.dev/';
const LINKING = new Set([`${APOLLO}link`, `${APOLLO}core`]);

export const identityOf = (name: string) => `${APOLLO}${name}`;

/** The features of a supergraph. Empty for a schema that is none. */
export function readFeatures(document: DocumentNode): readonly Feature[] {
  const directives = document.definitions.flatMap((definition) =>
    definition.kind === Kind.SCHEMA_DEFINITION || definition.kind === Kind.SCHEMA_EXTENSION
      ? (definition.directives ?? [])
      : [],
  );
  const features = directives.flatMap((directive) => readFeature(directive) ?? []);
  const linking = features.find(({ identity }) => LINKING.has(identity));
  return features.filter(({ link }) => link.name.value === linking?.link.name.value);
}

/** What an element (`@listSize`, `Scope`) of the feature is called in its schema. */
export function nameIn({ imports, name, identity }: Feature, element: string): string {
  const bare = element.replace('@', '');
  const imported = imports.get(element);
  if (imported !== undefined) return imported.replace('@', '');
  return element === `@${identity.slice(identity.lastIndexOf('/') + 1)}` ? name : `${name}__${bare}`;
}

/** Whether a directive (`@…`) or type of the schema is the feature's. */
export function isOf(feature: Feature, element: string): boolean {
  const bare = element.replace('@', '');
  if (bare.startsWith(`${feature.name}__`)) return true;
  if ([...feature.imports.values()].includes(element)) return true;
  const first = `@${feature.identity.slice(feature.identity.lastIndexOf('/') + 1)}`;
  return element === `@${feature.name}` && !feature.imports.has(first);
}

export function argumentOf(directive: DirectiveNode, name: string): ValueNode | undefined {
  return directive.arguments?.find((argument) => argument.name.value === name)?.value;
}

export function textOf(value: ValueNode | undefined): string | undefined {
  return value?.kind === Kind.STRING || value?.kind === Kind.ENUM ? value.value : undefined;
}

function readFeature(link: DirectiveNode): Feature | undefined {
  const url = textOf(argumentOf(link, 'url') ?? argumentOf(link, 'feature'));
  const [, identity, given, version] = /^(.*\/([^/]+))\/(v\d+\.\d+)\/?$/.exec(url ?? '') ?? [];
  if (identity === undefined || given === undefined || version === undefined) return undefined;
  const imports = argumentOf(link, 'import');
  return {
    identity,
    version,
    name: textOf(argumentOf(link, 'as')) ?? given,
    purpose: textOf(argumentOf(link, 'for')),
    imports: new Map(imports?.kind === Kind.LIST ? imports.values.flatMap(readImport) : []),
    link,
  };
}

function readImport(value: ValueNode): [string, string][] {
  if (value.kind === Kind.STRING) return [[value.value, value.value]];
  if (value.kind !== Kind.OBJECT) return [];
  const name = fieldOf(value, 'name');
  return name === undefined ? [] : [[name, fieldOf(value, 'as') ?? name]];
}

const fieldOf = (value: ObjectValueNode, name: string) =>
  textOf(value.fields.find((field) => field.name.value === name)?.value);
