import type { Entry } from '@entrepot/cache/cache-store';
import type { SubgraphAnswer } from '../execute/subgraph-call.ts';
import { type Audience, mayShare } from './audience.ts';
import { readCacheControl } from './cache-control.ts';
import type { Slot } from './entity-slots.ts';
import { tagsOf } from './entity-tags.ts';
import { keepingOf, NEGATIVE_TTL_MS, withTypeTags } from './keeping.ts';
import { inMs, type Keepable } from './policy.ts';

/** What became of a slot, as it is kept. */
export type Part = Entry & { readonly policy: Keepable & { readonly isPrivate: boolean }; readonly isNothing: boolean };

export type Making = { readonly makeMs: number; readonly limitMs: number; readonly random: () => number };

/** What of an answer may be kept, for each slot that it was asked for; undefined when nothing may. */
export function partsOf(
  { data, errors, policy }: SubgraphAnswer,
  representations: readonly string[] | undefined,
  slots: readonly Slot[],
  audience: Audience | undefined,
  { makeMs, limitMs, random }: Making,
): Part[] | undefined {
  if (!data || errors.length > 0 || !policy || !audience) return undefined;
  const { isPrivate, ...times } = inMs(readCacheControl(policy.cacheControl));
  if (times.maxAgeMs <= 0 || (isPrivate ? audience.own === undefined : !mayShare(audience))) return undefined;
  const values: readonly unknown[] = representations ? entitiesOf(data) : [data];
  const tags = tagsOf(policy, representations);
  if (!tags || values.length !== slots.length) return undefined;
  const own = isPrivate && audience.tag !== undefined ? [audience.tag] : [];
  return slots.map(({ keys }, index) => {
    const value = values[index] ?? null;
    const isNothing = representations ? value === null : isEmpty(data);
    const maxAgeMs = isNothing ? Math.min(times.maxAgeMs, NEGATIVE_TTL_MS) : times.maxAgeMs;
    const all = withTypeTags([...(tags[index] ?? []), ...own]);
    return {
      // Everybody's key is the first, the viewer's own the last.
      key: (isPrivate ? keys.at(-1) : keys[0]) ?? '',
      value: Buffer.from(JSON.stringify(value)),
      ...keepingOf({ ...times, maxAgeMs }, makeMs, limitMs, random),
      tags: all,
      policy: { ...times, maxAgeMs, tags: all, isPrivate },
      isNothing,
    };
  });
}

export const entitiesOf = ({ _entities: entities }: Record<string, unknown>): readonly unknown[] =>
  Array.isArray(entities) ? entities : [];

const isEmpty = (data: Record<string, unknown>) => Object.values(data).every((value) => value === null);
