import { buildSubgraphSchema, type GraphQLResolverMap } from '@apollo/subgraph';
import {
  type DocumentNode,
  execute,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isAbstractType,
  isObjectType,
  Kind,
  parse,
  type SelectionSetNode,
  validate,
} from 'graphql';
import type { AskSubgraph } from '../../src/execute/subgraph-call.ts';
import type { Facts, SubgraphSource } from './facts.ts';
import { type Args, canonical, type Session, type Thing, type World } from './world.ts';

type Reference = Readonly<Record<string, unknown>>;
/** With what the gateway has sent of it, where it came by reference. */
type Known = Thing & { readonly reference?: Reference };
const ROOTS: readonly string[] = ['Query', 'Mutation'];

/** The subgraphs, in this process, and the way to them. `session` is that of the execution that runs. */
export function createSubgraphs(
  sources: readonly SubgraphSource[],
  facts: Facts,
  world: World,
  session: () => Session,
  complain: (what: string) => void,
): AskSubgraph {
  const schemas = new Map(sources.map((source) => [source.name, subgraphSchema(source, facts, world)] as const));
  const documents = new Map<string, DocumentNode>();
  return async ({ subgraph, query, id, operationName, variables, representations }) => {
    const schema = schemas.get(subgraph);
    if (!schema) throw new Error(`no subgraph '${subgraph}'`);
    let document = documents.get(id);
    if (!document) {
      document = parse(query);
      documents.set(id, document);
      for (const { message } of validate(schema, document)) complain(`${subgraph} was asked '${query}': ${message}`);
    }
    const given = representations && { representations: representations.map((text): unknown => JSON.parse(text)) };
    const result = await execute({
      schema,
      document,
      variableValues: { ...JSON.parse(variables), ...given },
      operationName,
      contextValue: session(),
    });
    const { data = null, errors = [] } = JSON.parse(JSON.stringify(result));
    return { data, errors };
  };
}

function subgraphSchema({ sdl }: SubgraphSource, facts: Facts, world: World): GraphQLSchema {
  const typeDefs = parse(sdl);
  const plain = buildSubgraphSchema([{ typeDefs }]);
  const stale = staleFields(typeDefs);
  const resolvers: GraphQLResolverMap<Session> = {};
  for (const type of Object.values(plain.getTypeMap())) {
    if (type.name.startsWith('_')) continue;
    const reference = { __resolveReference: createResolveReference(type.name, facts, world) };
    const isEntity = facts.isEntity(type.name) && facts.keysOf(type.name).length > 0;
    if (isObjectType(type))
      resolvers[type.name] = { ...fieldsOf(type, stale, facts, world), ...(isEntity && reference) };
    else if (isAbstractType(type))
      resolvers[type.name] = { __resolveType: ({ __typename }: Thing) => __typename, ...(isEntity && reference) };
  }
  return buildSubgraphSchema([{ typeDefs, resolvers }]);
}

function fieldsOf(type: GraphQLObjectType, stale: ReadonlySet<string>, facts: Facts, world: World) {
  return Object.fromEntries(
    Object.values(type.getFields())
      .filter(({ name }) => !name.startsWith('_'))
      .map((field) => [
        field.name,
        (source: Known | undefined, args: Args, session: Session, info: GraphQLResolveInfo) => {
          const thing = source ?? { __typename: info.parentType.name, seed: 'root' };
          if (stale.has(`${type.name}.${field.name}`)) throw new Error(`${type.name}.${field.name} has moved`);
          const requirement = facts.requirementOf(type.name, field.name);
          if (requirement) return world.valueFrom(thing, field, args, pick(thing.reference ?? {}, requirement));
          return world.valueOf(
            ROOTS.includes(type.name) ? { __typename: type.name, seed: 'root' } : thing,
            field,
            args,
            session,
          );
        },
      ]),
  );
}

function createResolveReference(type: string, facts: Facts, world: World) {
  const bySelection = facts.keysOf(type).map((selection) => ({
    selection,
    things: new Map<string, Thing>(),
  }));
  let isReady = false;
  return (reference: Reference): Known | null => {
    if (!isReady)
      for (const { selection, things } of bySelection)
        for (const seed of facts.seedsOf(type)) {
          const thing = { __typename: facts.typeOfKeyed(type, seed) ?? type, seed };
          things.set(canonical(world.select(thing, selection)), thing);
        }
    isReady = true;
    for (const { selection, things } of bySelection) {
      const thing = things.get(canonical(pick(reference, selection)));
      if (thing) return { ...thing, reference };
    }
    return null;
  };
}

/** What a selection names of what the gateway has sent. */
function pick(value: unknown, selectionSet: SelectionSetNode): unknown {
  if (Array.isArray(value)) return value.map((item) => pick(item, selectionSet));
  if (typeof value !== 'object' || value === null) return value;
  const members = new Map<string, unknown>(Object.entries(value));
  const found: Record<string, unknown> = {};
  for (const selection of selectionSet.selections) {
    if (selection.kind === Kind.FIELD) {
      const member = members.get(selection.name.value);
      found[selection.name.value] = selection.selectionSet ? pick(member, selection.selectionSet) : member;
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      const condition = selection.typeCondition?.name.value;
      if (condition === undefined || condition === members.get('__typename'))
        Object.assign(found, pick(value, selection.selectionSet));
    }
  }
  return found;
}

/** Fields that another subgraph has taken over: whoever still asks here gets an error. */
function staleFields(typeDefs: DocumentNode): Set<string> {
  return new Set(
    typeDefs.definitions.flatMap((definition) =>
      definition.kind === Kind.OBJECT_TYPE_DEFINITION
        ? (definition.fields ?? [])
            .filter(({ description }) => description?.value === STALE)
            .map(({ name }) => `${definition.name.value}.${name.value}`)
        : [],
    ),
  );
}

/** The description of a field that only an older gateway would ask for. */
export const STALE = 'moved';
