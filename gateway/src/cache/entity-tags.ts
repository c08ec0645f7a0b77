import { areTagsUsable } from '@entrepot/cache/cache-store';
import type { AnswerPolicy } from '../execute/subgraph-call.ts';
import { areTags } from './policy.ts';

/**
 * What each of the parts was made of, by the subgraph's own words: each entity's tags, or else those of the whole answer for every
 * one of them. Of subgraphs that know no tags, an entity is named by what it was asked for by. Undefined when nobody can tell.
 */
export function tagsOf(
  { cacheTags, entityCacheTags }: AnswerPolicy,
  representations: readonly string[] | undefined,
): readonly (readonly string[])[] | undefined {
  const count = representations?.length ?? 1;
  if (representations && Array.isArray(entityCacheTags))
    return entityCacheTags.length === count && entityCacheTags.every(areTags) ? entityCacheTags : undefined;
  if (cacheTags !== undefined) return areTags(cacheTags) ? Array.from({ length: count }, () => cacheTags) : undefined;
  return representations ? representations.map(nameOf) : [[]];
}

/** `Product:1` for `{"__typename":"Product","id":"1"}`; of several values without an id all of them as JSON, in the order of their names. */
function nameOf(representation: string): string[] {
  const value: unknown = JSON.parse(representation);
  if (typeof value !== 'object' || value === null || !('__typename' in value)) return [];
  const { __typename: type, ...rest } = value;
  const members = Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1));
  const [only] = members;
  const key = 'id' in rest ? rest.id : members.length === 1 ? only?.[1] : undefined;
  const tag = `${type}:${isName(key) ? key : JSON.stringify(Object.fromEntries(members))}`;
  return areTagsUsable([tag]) ? [tag] : [];
}

const isName = (value: unknown): value is string | number => typeof value === 'string' || typeof value === 'number';
