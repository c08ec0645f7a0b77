import {
  defaultFieldResolver,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isListType,
  isObjectType,
} from 'graphql';
import type { CacheTags } from './cache-tags.ts';

type Context = { cacheTags: CacheTags };
/** What is known of an entity that was asked for; without an id, no event can name it. */
type Asked = { __typename: string; id?: unknown };
type Arguments = { id?: unknown; representations?: readonly Asked[] };

/**
 * Makes every entity (a type with `@key` and a field `id`) tag the answers it is in, and those it was looked for and not
 * found in. It is done to the schema, so no resolver can forget it.
 */
export function tagEntities(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (isObjectType(type) && isEntity(type)) tagPresence(type);
  }
  for (const field of Object.values(schema.getQueryType()?.getFields() ?? {})) {
    const type = getNamedType(field.type);
    if (field.name === '_entities' || (isObjectType(type) && isEntity(type))) tagAbsence(field, type.name);
  }
}

/** graphql-js asks `isTypeOf` of every object that it completes as this type. */
function tagPresence(type: GraphQLObjectType): void {
  const { name } = type;
  type.isTypeOf = (value: unknown, { cacheTags }: Context, { path }: Pick<GraphQLResolveInfo, 'path'>) => {
    if (typeof value !== 'object' || value === null) return false;
    if ('__typename' in value && value.__typename !== name) return false;
    addTag(cacheTags, { __typename: name, id: 'id' in value ? value.id : undefined }, placeOf(path));
    return true;
  };
}

/** What is not there today may be there tomorrow, and the event that tells so names it by its id. */
function tagAbsence(field: GraphQLField<unknown, Context, Arguments>, __typename: string): void {
  const resolve: GraphQLFieldResolver<unknown, Context, Arguments> = field.resolve ?? defaultFieldResolver;
  const isList = isListType(getNullableType(field.type));
  field.resolve = (source, args, context, info) => {
    const result: unknown = resolve(source, args, context, info);
    const { cacheTags } = context;
    if (!isList) return onAbsence(result, () => addTag(cacheTags, { __typename, id: args.id }));
    const asked = (index: number) => args.representations?.[index] ?? { __typename };
    const tagItem = (item: unknown, index: number) =>
      whenKnown(item, (value) => {
        if (value === null || value === undefined) addTag(cacheTags, asked(index), index);
        else tagItemAs(cacheTags, asked(index), value, index);
        return value;
      });
    return whenKnown(result, (items) => (Array.isArray(items) ? items.map(tagItem) : items));
  };
}

/** By the type that it says it is, which may be one of those of the interface that was asked for. */
function tagItemAs(tags: CacheTags, asked: Asked, value: unknown, entity: number): void {
  if (typeof value !== 'object' || value === null || !('id' in value) || typeof value.id !== 'string') return;
  const name = '__typename' in value && typeof value.__typename === 'string' ? value.__typename : asked.__typename;
  tags.add(`${name}:${value.id}`, entity);
}

/** Of the entities that were asked for, which one a place in the answer belongs to. */
function placeOf(path: GraphQLResolveInfo['path']): number | 'told' | undefined {
  let root = path;
  let place: string | number | undefined;
  for (; root.prev !== undefined; root = root.prev) place = root.key;
  if (root.key !== '_entities') return undefined;
  // The entities themselves are completed without their place; it is told where they are resolved.
  return typeof place === 'number' ? place : 'told';
}

function addTag(tags: CacheTags, { __typename, id }: Asked, entity?: number | 'told'): void {
  if (typeof id === 'string') tags.add(`${__typename}:${id}`, entity);
  else tags.forbid();
}

function onAbsence(result: unknown, act: () => void): unknown {
  return whenKnown(result, (value) => {
    if (value === null || value === undefined) act();
    return value;
  });
}

/** Goes on with a value or with what it promises; one that is known costs no turn of the queue. */
function whenKnown(value: unknown, next: (value: unknown) => unknown): unknown {
  return value instanceof Promise ? value.then(next) : next(value);
}

function isEntity(type: GraphQLObjectType): boolean {
  const hasKey = type.astNode?.directives?.some(({ name }) => name.value === 'key') ?? false;
  return hasKey && type.getFields().id !== undefined;
}
