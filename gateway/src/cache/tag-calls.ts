import { areTagsUsable } from '@entrepot/cache/cache-store';
import type { GraphQLSchema } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Finish } from '../execute/join-calls.ts';
import type { SubgraphCall } from '../execute/subgraph-call.ts';
import { readCacheControl } from './cache-control.ts';
import { type CacheTagTable, type TagTemplate, textAt } from './cache-tag-table.ts';
import { compileRootTags, type TagsOfVariables } from './compile-root-tags.ts';
import { tagsOf } from './entity-tags.ts';
import { someOf } from './keeping.ts';
import { typesIn } from './types-in.ts';

const MAX_COMPILED = 2_000;
/** More than operators could name when they purge. */
const MAX_TAG_LENGTH = 500;

/**
 * Tags what subgraphs answer by more than they tell themselves, where it may be kept: by `@cacheTag`, and where they tell no tags,
 * entities by their names, and what else there is by its types. The whole answer has the tags of all its parts.
 */
export function tagCalls({ bySubgraph }: Pick<CacheTagTable, 'bySubgraph'>, schema: GraphQLSchema): Finish {
  const compiled = new LRUCache<string, TagsOfVariables>({ max: MAX_COMPILED });
  const unnamed = new LRUCache<string, readonly string[]>({ max: MAX_COMPILED });

  const unnamedIn = ({ id, query }: SubgraphCall): readonly string[] => {
    const known = unnamed.get(id) ?? typesIn(query, schema).map(someOf);
    unnamed.set(id, known);
    return known;
  };

  const rootTagsOf = ({ id, query, variables }: SubgraphCall, fields: ReadonlyMap<string, readonly TagTemplate[]>) => {
    const known = compiled.get(id) ?? compileRootTags(query, fields);
    compiled.set(id, known);
    return known(variables);
  };

  /** By `@cacheTag`, for each part; undefined where the subgraph has none. */
  const ownTagsOf = (call: SubgraphCall): readonly (readonly string[])[] | undefined => {
    const tags = bySubgraph.get(call.subgraph);
    if (!tags) return undefined;
    if (!call.representations) return tags.fields.size > 0 ? [rootTagsOf(call, tags.fields)] : undefined;
    return tags.types.size > 0 ? call.representations.map((one) => entityTags(one, tags.types)) : undefined;
  };

  return (call, answer) => {
    const { policy } = answer;
    const { representations, context } = call;
    if (!policy || readCacheControl(policy.cacheControl).maxAgeS <= 0) return answer;
    const own = ownTagsOf(call);
    const isTold = policy.cacheTags !== undefined || (representations && Array.isArray(policy.entityCacheTags));
    if (!own && isTold) return answer;
    const told = tagsOf(policy, representations);
    if (!told) return answer;
    const nested = isTold ? [] : unnamedIn(call);
    const all = told.map((tags, index) => [...tags, ...nested, ...(own?.[index] ?? []).filter(isUsable)]);
    for (const tags of all) context.policy.tag(tags);
    return {
      ...answer,
      policy: { ...policy, ...(representations ? { entityCacheTags: all } : { cacheTags: all[0] }) },
    };
  };
}

function entityTags(representation: string, types: ReadonlyMap<string, readonly TagTemplate[]>): string[] {
  const entity: unknown = JSON.parse(representation);
  const templates = types.get(textAt(entity, ['__typename']) ?? '') ?? [];
  return templates.flatMap((template) => fill(template, entity) ?? []);
}

function fill(template: TagTemplate, values: unknown): string | undefined {
  let tag = '';
  for (const part of template) {
    const text = typeof part === 'string' ? part : textAt(values, part.path);
    if (text === undefined) return undefined;
    tag += text;
  }
  return tag;
}

const isUsable = (tag: string): boolean => tag.length <= MAX_TAG_LENGTH && areTagsUsable([tag]);
