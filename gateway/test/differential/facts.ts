import {
  type DirectiveNode,
  type FieldDefinitionNode,
  type GraphQLSchema,
  isAbstractType,
  isEnumType,
  isObjectType,
  Kind,
  parse,
  type SelectionSetNode,
} from 'graphql';

/** Entities have a few identities each, so that the same one is met in many places. */
export const SEEDS = ['s0', 's1', 's2', 's3', 's4', 's5'] as const;

export type SubgraphSource = { readonly name: string; readonly sdl: string };

/** What the SDL of the subgraphs says of their types together. */
export type Facts = {
  isEntity(type: string): boolean;
  isMutation(type: string): boolean;
  isA(type: string, condition: string): boolean;
  /** Fields that others depend on, keys, what is required or provided: they never fail. */
  isProtected(coordinate: string): boolean;
  /** Fields of keys: they are never null either. */
  isKey(coordinate: string): boolean;
  /** The type whose field it is: an interface's, where a subgraph adds the field to all its implementations. */
  ownerOf(type: string, field: string): string;
  requirementOf(type: string, field: string): SelectionSetNode | undefined;
  /** What every subgraph that has the field could return of an abstract type. */
  concreteTypes(coordinate: string, abstract: string): readonly string[];
  /** The one type that an entity of an interface is of, by its identity. */
  typeOfKeyed(abstract: string, seed: string): string | undefined;
  /** The identities that entities of a type can have: what is of an interface by its key is of one type. */
  seedsOf(type: string): readonly string[];
  enumValues(name: string): readonly string[];
  /** The selections of all keys of a type. */
  keysOf(type: string): readonly SelectionSetNode[];
};

type Definition = {
  subgraph: number;
  kind: 'object' | 'interface';
  type: string;
  interfaces: string[];
  directives: readonly DirectiveNode[];
  fields: readonly FieldDefinitionNode[];
};

/** `full` has everything, `api` only what clients see. */
export function readFacts(sources: readonly SubgraphSource[], full: GraphQLSchema, api: GraphQLSchema): Facts {
  const definitions = sources.flatMap(({ sdl }, subgraph) => definitionsIn(sdl, subgraph));
  const unions = sources.map(({ sdl }) => unionsIn(sdl));
  const keys = new Map<string, SelectionSetNode[]>();
  const requirements = new Map<string, SelectionSetNode>();
  const isSafe = new Set<string>();
  const keyFields = new Set<string>();

  const protect = (type: string, { selections }: SelectionSetNode, fields = isSafe): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT)
        protect(selection.typeCondition?.name.value ?? type, selection.selectionSet, fields);
      if (selection.kind !== Kind.FIELD) continue;
      fields.add(`${type}.${selection.name.value}`);
      if (!selection.selectionSet) continue;
      for (const target of targetsOf(full, type, selection.name.value)) {
        protectAll(target);
        protectNonNull(target);
      }
      for (const target of targetsOf(full, type, selection.name.value)) protect(target, selection.selectionSet, fields);
    }
  };
  // A part of a value that fails takes with it what else is asked of the value, for whatever reason.
  const protectAll = (type: string): void => {
    const found = full.getType(type);
    if (!isObjectType(found) || keys.has(type) || isSafe.has(type)) return;
    isSafe.add(type);
    for (const field of Object.keys(found.getFields())) {
      isSafe.add(`${type}.${field}`);
      for (const target of targetsOf(full, type, field)) protectAll(target);
    }
  };
  // The same of an entity: what may not be null there, and is, leaves nothing of it.
  const protectedNonNull = new Set<string>();
  const protectNonNull = (type: string): void => {
    const found = full.getType(type);
    if (!isObjectType(found) || protectedNonNull.has(type)) return;
    protectedNonNull.add(type);
    for (const { name, type: returned } of Object.values(found.getFields())) {
      if (!String(returned).includes('!')) continue;
      isSafe.add(`${type}.${name}`);
      for (const target of targetsOf(full, type, name)) protectNonNull(target);
    }
  };
  for (const { type, directives } of definitions)
    for (const text of argumentsOf(directives, 'key', 'fields'))
      keys.set(type, [...(keys.get(type) ?? []), selectionOf(text)]);
  for (const { type, directives, fields } of definitions) {
    for (const text of argumentsOf(directives, 'key', 'fields')) {
      for (const one of [type, ...possible(full, type)]) protect(one, selectionOf(text), keyFields);
    }
    for (const field of fields) {
      for (const text of argumentsOf(field.directives ?? [], 'requires', 'fields')) {
        requirements.set(`${type}.${field.name.value}`, selectionOf(text));
        protect(type, selectionOf(text));
      }
      for (const text of argumentsOf(field.directives ?? [], 'provides', 'fields'))
        for (const target of targetsOf(full, type, field.name.value)) protect(target, selectionOf(text));
    }
  }
  const interfaceObjects = definitions.filter(({ directives }) =>
    directives.some(({ name }) => name.value === 'interfaceObject'),
  );
  // Its subgraph knows one type: what is asked of one of the types behind it may be asked of all, and fail for all.
  for (const { type, fields } of interfaceObjects)
    for (const field of fields)
      if (field.type.kind === Kind.NON_NULL_TYPE)
        for (const one of [type, ...possible(full, type)]) isSafe.add(`${one}.${field.name.value}`);
  const keyed = new Map(interfaceObjects.map(({ type }) => [type, possible(full, type)] as const));

  const returnable = (coordinate: string, abstract: string): string[] => {
    const [type = '', field = ''] = coordinate.split('.');
    const owners = definitions.filter(
      (one) => isA(full, type, one.type) && one.fields.some(({ name }) => name.value === field),
    );
    const sets = owners.map(({ subgraph }) => {
      const members = unions[subgraph]?.get(abstract);
      const implementing = definitions.filter(
        (one) => one.subgraph === subgraph && one.kind === 'object' && one.interfaces.includes(abstract),
      );
      return new Set(members ?? implementing.map((one) => one.type));
    });
    return possible(api, abstract).filter((candidate) => sets.every((set) => set.has(candidate)));
  };
  const remembered = new Map<string, readonly string[]>();
  const typeOfKeyed = (abstract: string, seed: string): string | undefined => {
    const types = keyed.get(abstract);
    return types?.[SEEDS.findIndex((one) => one === seed) % types.length];
  };

  return {
    isEntity: (type) => keys.has(type) || [...keyed.values()].some((types) => types.includes(type)),
    isMutation: (type) => type === full.getMutationType()?.name,
    isA: (type, condition) => isA(full, type, condition),
    isProtected: (coordinate) => isSafe.has(coordinate) || keyFields.has(coordinate),
    isKey: (coordinate) => keyFields.has(coordinate),
    ownerOf: (type, field) =>
      interfaceObjects.find((one) => isA(full, type, one.type) && one.fields.some(({ name }) => name.value === field))
        ?.type ?? type,
    requirementOf: (type, field) => requirements.get(`${type}.${field}`),
    concreteTypes(coordinate, abstract) {
      const key = `${coordinate} ${abstract}`;
      const known = remembered.get(key) ?? returnable(coordinate, abstract);
      remembered.set(key, known);
      return known;
    },
    typeOfKeyed,
    seedsOf(type) {
      const [abstract] = [...keyed].find(([, types]) => types.includes(type)) ?? [];
      return abstract === undefined ? SEEDS : SEEDS.filter((seed) => typeOfKeyed(abstract, seed) === type);
    },
    enumValues(name) {
      const type = api.getType(name) ?? full.getType(name);
      return isEnumType(type) ? type.getValues().map((value) => value.name) : [];
    },
    keysOf: (type) => keys.get(type) ?? [],
  };
}

function definitionsIn(sdl: string, subgraph: number): Definition[] {
  return parse(sdl).definitions.flatMap((definition) => {
    switch (definition.kind) {
      case Kind.OBJECT_TYPE_DEFINITION:
      case Kind.OBJECT_TYPE_EXTENSION:
      case Kind.INTERFACE_TYPE_DEFINITION:
      case Kind.INTERFACE_TYPE_EXTENSION: {
        const { name, directives = [], interfaces = [], fields = [] } = definition;
        const isInterface =
          definition.kind === Kind.INTERFACE_TYPE_DEFINITION || definition.kind === Kind.INTERFACE_TYPE_EXTENSION;
        const kind = isInterface ? 'interface' : 'object';
        return [
          { subgraph, kind, type: name.value, interfaces: interfaces.map((one) => one.name.value), directives, fields },
        ];
      }
      default:
        return [];
    }
  });
}

function unionsIn(sdl: string): Map<string, string[]> {
  return new Map(
    parse(sdl).definitions.flatMap((definition) =>
      definition.kind === Kind.UNION_TYPE_DEFINITION
        ? [[definition.name.value, (definition.types ?? []).map(({ name }) => name.value)] as const]
        : [],
    ),
  );
}

export function argumentsOf(directives: readonly DirectiveNode[], directive: string, argument: string): string[] {
  return directives
    .filter(({ name }) => name.value === directive)
    .flatMap(({ arguments: given = [] }) => given)
    .flatMap(({ name, value }) => (name.value === argument && value.kind === Kind.STRING ? [value.value] : []));
}

export function selectionOf(text: string): SelectionSetNode {
  const [definition] = parse(`{ ${text} }`).definitions;
  if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new Error(`'${text}' selects nothing`);
  return definition.selectionSet;
}

const isInterface = (schema: GraphQLSchema, name: string) => isAbstractType(schema.getType(name));

function possible(schema: GraphQLSchema, abstract: string): string[] {
  const type = schema.getType(abstract);
  return isAbstractType(type)
    ? schema
        .getPossibleTypes(type)
        .map(({ name }) => name)
        .toSorted()
    : [];
}

function isA(schema: GraphQLSchema, type: string, condition: string): boolean {
  return type === condition || possible(schema, condition).includes(type);
}

/** The object types that a field may return. */
function targetsOf(schema: GraphQLSchema, type: string, field: string): string[] {
  const owner = schema.getType(type);
  const returned = owner && 'getFields' in owner ? owner.getFields()[field]?.type : undefined;
  const name = String(returned ?? '').replaceAll(/[[\]!]/g, '');
  return isInterface(schema, name) ? possible(schema, name) : [name];
}
