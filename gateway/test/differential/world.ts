import {
  type GraphQLField,
  type GraphQLNamedOutputType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getArgumentValues,
  getNamedType,
  isAbstractType,
  isEnumType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import { type Facts, SEEDS } from './facts.ts';
import { createRandom, hashOf } from './random.ts';

/** An object of the data: its fields follow from its type and its seed. */
export type Thing = { readonly __typename: string; readonly seed: string };
export type Args = Readonly<Record<string, unknown>>;
/** What one execution may see and change: the mutations that have run. */
export type Session = { readonly log: string[] };

/** Raised by fields whose place says so. */
export const INJECTED = 'injected';

export type World = {
  /** What the field of this object is, whoever is asked. @throws where an error is injected */
  valueOf(thing: Thing, field: Field, args: Args, session: Session): unknown;
  /** The same for a field with @requires, from what the gateway has sent of the object. */
  valueFrom(thing: Thing, field: Field, args: Args, required: unknown): unknown;
  /** What a field with @requires is given, when the gateway does right. */
  select(thing: Thing, selectionSet: SelectionSetNode): unknown;
};
type Field = GraphQLField<unknown, unknown>;

/**
 * All data of a supergraph, made from the places of the fields: no subgraph can know another value than the plain execution.
 * `schema` has the hidden fields too.
 */
export function createWorld(schema: GraphQLSchema, facts: Facts, injectsErrors: boolean): World {
  const make = (
    type: GraphQLOutputType,
    place: string,
    concrete: (abstract: GraphQLNamedOutputType, roll: number) => Thing,
    isSafe: boolean,
    isKey: boolean,
  ): unknown => {
    const random = createRandom(hashOf(place));
    const isNullable = !isNonNullType(type);
    if (isNullable && !isKey && random.chance(0.08)) return null;
    if (injectsErrors && !isSafe && random.chance(0.012)) return null;
    const inner = isNullable ? type : type.ofType;
    if (isListType(inner)) {
      const length = random.int(4);
      return Array.from({ length }, (_, index) => make(inner.ofType, `${place}/${index}`, concrete, isSafe, isKey));
    }
    const named = getNamedType(inner);
    if (isEnumType(named)) return random.pick(facts.enumValues(named.name));
    if (isObjectType(named) || isAbstractType(named)) return concrete(named, random.int(1_000_000));
    return leaf(named.name, place, random.int(1_000_000));
  };

  const valueAt = (thing: Thing, field: Field, args: Args, extra: string): unknown => {
    const owner = facts.ownerOf(thing.__typename, field.name);
    const coordinate = `${thing.__typename}.${field.name}`;
    const isSafe = facts.isProtected(coordinate);
    const place = `${owner}:${thing.seed}.${field.name}(${Object.keys(args).length === 0 ? '' : canonical(args)})${extra}`;
    if (injectsErrors && !isSafe && hashOf(`error ${place}`) % 60 === 0) throw new Error(INJECTED);
    const concrete = (named: GraphQLNamedOutputType, roll: number): Thing => {
      const candidates = isAbstractType(named) ? facts.concreteTypes(coordinate, named.name) : [named.name];
      const seed = SEEDS[roll % SEEDS.length] ?? 's0';
      const ofInterface = isInterfaceType(named) ? facts.typeOfKeyed(named.name, seed) : undefined;
      const __typename = ofInterface ?? candidates[(roll >> 3) % candidates.length];
      if (__typename === undefined) throw new Error(`nothing can be returned by ${coordinate}`);
      // Keyed by its place where nobody can ask for it by key.
      if (!facts.isEntity(__typename)) return { __typename, seed: `v${hashOf(`${place} ${roll}`)}` };
      const seeds = facts.seedsOf(__typename);
      return { __typename, seed: ofInterface ? seed : (seeds[roll % seeds.length] ?? seed) };
    };
    return make(field.type, place, concrete, isSafe, facts.isKey(coordinate));
  };

  const required = (thing: Thing, field: Field): string => {
    const selection = facts.requirementOf(thing.__typename, field.name);
    return selection ? canonical(world.select(thing, selection)) : '';
  };

  const world: World = {
    valueOf(thing, field, args, { log }) {
      if (!facts.isMutation(thing.__typename)) return valueAt(thing, field, args, required(thing, field));
      log.push(field.name);
      return valueAt(thing, field, args, log.join());
    },
    valueFrom: (thing, field, args, given) => valueAt(thing, field, args, canonical(given)),
    select(thing, { selections }) {
      const type = schema.getType(thing.__typename);
      if (!isObjectType(type)) throw new Error(`${thing.__typename} is no object type`);
      const found: Record<string, unknown> = {};
      for (const selection of selections) {
        if (selection.kind === Kind.FIELD) {
          const field = fieldOf(type, selection.name.value);
          const value = world.valueOf(thing, field, getArgumentValues(field, selection), { log: [] });
          found[field.name] = within(value, (object) =>
            selection.selectionSet ? world.select(object, selection.selectionSet) : object,
          );
        } else if (selection.kind === Kind.INLINE_FRAGMENT) {
          const condition = selection.typeCondition?.name.value;
          if (condition === undefined || facts.isA(thing.__typename, condition))
            Object.assign(found, world.select(thing, selection.selectionSet));
        }
      }
      return found;
    },
  };
  return world;
}

function fieldOf(type: GraphQLObjectType, name: string): Field {
  const field = type.getFields()[name];
  if (!field) throw new Error(`${type.name} has no field ${name}`);
  return field;
}

function within(value: unknown, select: (thing: Thing) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => within(item, select));
  return isThing(value) ? select(value) : value;
}

export const isThing = (value: unknown): value is Thing =>
  typeof value === 'object' && value !== null && '__typename' in value && 'seed' in value;

/** JSON with the keys in order. */
export function canonical(value: unknown): string {
  if (value === undefined) return 'missing';
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join()}}`;
}

function leaf(type: string, place: string, roll: number): unknown {
  switch (type) {
    case 'Int':
      return roll - 500_000;
    case 'Float':
      return roll % 3 === 0 ? roll : roll / 64;
    case 'Boolean':
      return roll % 2 === 0;
    case 'Json':
      return roll % 2 === 0 ? { a: [roll, null, { b: `"${roll}"` }] } : [`${roll}`, roll % 3 === 0];
    default:
      // Quotes, line ends and letters beyond ASCII have to come through as they are.
      return `${hashOf(place).toString(36)}${['', '"', '\\', '\n', 'é', '😀', '\u2028', '/'][roll % 8]}${roll}`;
  }
}
