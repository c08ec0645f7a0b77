import { isTree, readOwn } from '../execute/tree.ts';

/** What a value is found by in the arguments of a field, or in what an entity is asked for by; and the schema's default for it. */
export type TagValue = { readonly path: readonly string[]; readonly fallback?: string | undefined };

/** `product-{$args.id}`: texts, and values to be put between them. */
export type TagTemplate = readonly (string | TagValue)[];

/** `@cacheTag` in one subgraph: on fields of `Query`, and on entity types, by their names. */
export type SubgraphTags = {
  readonly fields: ReadonlyMap<string, readonly TagTemplate[]>;
  readonly types: ReadonlyMap<string, readonly TagTemplate[]>;
};

export type CacheTagTable = {
  readonly bySubgraph: ReadonlyMap<string, SubgraphTags>;
  /** What is said of tags and cannot be done, one sentence each. */
  readonly problems: readonly string[];
};

/** What stands at a path of a value, as it is written in a tag; undefined for what is nothing, or more than one value. */
export function textAt(value: unknown, [step, ...rest]: readonly string[]): string | undefined {
  if (step === undefined)
    return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : undefined;
  return isTree(value) ? textAt(readOwn(value, step), rest) : undefined;
}
