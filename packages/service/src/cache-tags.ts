import { type GraphQLSchema, isObjectType } from 'graphql';

/** An answer made of more is not worth keeping: purging it would cost more than making it again. */
const MAX_TAGS = 2_000;

/** What an answer was made of: `Product:prod_…` for an entity in it, `Product` for a list that any product may join. */
export type CacheTags = {
  add(tag: string): void;
  /** The tags; undefined when they were too many to keep the answer at all. */
  all(): string[] | undefined;
};

export function createCacheTags(): CacheTags {
  const tags = new Set<string>();
  return {
    add: (tag) => {
      if (tags.size <= MAX_TAGS) tags.add(tag);
    },
    all: () => (tags.size > MAX_TAGS ? undefined : [...tags]),
  };
}

/**
 * Makes every entity (a type with `@key` and a field `id`) tag the answers it is in. graphql-js asks `isTypeOf` of each
 * object it completes, so no resolver can forget it.
 */
export function tagEntities(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || !type.getFields().id || !isEntity(type.astNode?.directives)) continue;
    const { name } = type;
    type.isTypeOf = (value: unknown, { cacheTags }: { cacheTags?: CacheTags }) => {
      if (typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string')
        cacheTags?.add(`${name}:${value.id}`);
      return true;
    };
  }
}

const isEntity = (directives: readonly { name: { value: string } }[] | undefined) =>
  directives?.some(({ name }) => name.value === 'key') ?? false;
