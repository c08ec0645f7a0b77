import {
  type ConstDirectiveNode,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  Kind,
  parse,
} from 'graphql';

/** A subscription field that is served by events: on each that is about its entity, a query field is read again. */
export type LiveField = {
  /** The field of Query that is read, with the entity's id as its argument `id`. */
  readonly query: string;
  /** The type that both fields return, whose entities events are about. */
  readonly entity: string;
  readonly isAbout: (eventType: string) => boolean;
  /** Whether its argument `initial` asks for an answer at once; the query field does not have it. */
  readonly hasInitial: boolean;
};

/** By the names of the fields of the subscription root. */
export type LiveFields = ReadonlyMap<string, LiveField>;

/**
 * Reads what `@live(query:, on:)` says of the subscription fields of a supergraph; those without it are not served.
 * @throws Error when the query field does not fit its subscription field
 */
export function readLiveFields(supergraph: string, schema: GraphQLSchema): LiveFields {
  const subscriptions = schema.getSubscriptionType()?.getFields() ?? {};
  const queries = schema.getQueryType()?.getFields() ?? {};
  const fields = new Map<string, LiveField>();
  for (const [name, { query, on }] of readDirectives(supergraph, schema.getSubscriptionType()?.name)) {
    const field = subscriptions[name];
    // It may be hidden from clients.
    if (!field) continue;
    const problem = misfit(field, queries[query]);
    if (problem) throw new Error(`the subscription field ${name} cannot be served by Query.${query}: ${problem}`);
    const hasInitial = field.args.some((arg) => isInitial(arg, queries[query]));
    fields.set(name, { query, entity: getNamedType(field.type).name, isAbout: matcher(on), hasInitial });
  }
  return fields;
}

type Live = { query: string; on: readonly string[] };

function readDirectives(supergraph: string, root: string | undefined): [string, Live][] {
  if (root === undefined || !supergraph.includes('@live')) return [];
  return parse(supergraph, { noLocation: true }).definitions.flatMap((definition) =>
    (definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.OBJECT_TYPE_EXTENSION) &&
    definition.name.value === root
      ? (definition.fields ?? []).flatMap(({ name, directives = [] }): [string, Live][] => {
          const live = directives.find((directive) => directive.name.value === 'live');
          return live ? [[name.value, readLive(live)]] : [];
        })
      : [],
  );
}

function readLive({ arguments: args = [] }: ConstDirectiveNode): Live {
  const query = args.find(({ name }) => name.value === 'query')?.value;
  const on = args.find(({ name }) => name.value === 'on')?.value;
  const types = on?.kind === Kind.LIST ? on.values : on ? [on] : [];
  return {
    query: query?.kind === Kind.STRING ? query.value : '',
    on: types.flatMap((type) => (type.kind === Kind.STRING ? [type.value] : [])),
  };
}

type Field = GraphQLField<unknown, unknown>;

/** Why the query field cannot answer for the subscription field. */
function misfit(field: Field, query: Field | undefined): string | undefined {
  if (!query) return 'there is no such field';
  // Nothing is delivered for an entity that its query field does not return, so both have to be able to be null.
  if (String(query.type) !== String(field.type)) return `it returns ${query.type}, not ${field.type}`;
  if (String(field.type) !== getNamedType(field.type).name) return 'both have to return one entity, or null';
  const takes = new Map(query.args.map(({ name, type }) => [name, String(type).replace(/!$/, '')]));
  if (takes.get('id') !== 'ID') return 'it has no argument id: ID';
  const odd = field.args.find(
    (arg) => !isInitial(arg, query) && takes.get(arg.name) !== String(arg.type).replace(/!$/, ''),
  );
  return odd && `it has no argument ${odd.name}: ${odd.type}`;
}

const isInitial = ({ name, type }: GraphQLArgument, query: Field | undefined): boolean =>
  name === 'initial' &&
  String(type).replace(/!$/, '') === 'Boolean' &&
  query?.args.some((arg) => arg.name === name) === false;

function matcher(patterns: readonly string[]): (type: string) => boolean {
  const names = new Set(patterns.filter((pattern) => !pattern.endsWith('*')));
  const prefixes = patterns.filter((pattern) => pattern.endsWith('*')).map((pattern) => pattern.slice(0, -1));
  return (type) => names.has(type) || prefixes.some((prefix) => type.startsWith(prefix));
}
