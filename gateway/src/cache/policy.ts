import { type CacheControl, readCacheControl } from './cache-control.ts';

/** How an answer may be kept, from what the subgraphs said of its parts. */
export type Verdict =
  | (Keepable & { readonly kind: 'public' | 'private' })
  /** For whoever asked, once. */
  | { readonly kind: 'none' }
  /** The same, but another answer to the same operation may be kept: this one has errors. */
  | { readonly kind: 'failed'; readonly isOutage?: boolean }
  /** Never to be kept; but what it lacks, or has of before, it has so for everybody who asks now, and the rest is public. */
  | { readonly kind: 'unavailable'; readonly isOutage: boolean };

/** For how long something is fresh, for how long after that it is good enough, and what it was made of. */
export type Keepable = {
  readonly maxAgeMs: number;
  /** While it is made anew. */
  readonly revalidateMs: number;
  /** While it cannot be made anew. */
  readonly ifErrorMs: number;
  readonly tags: readonly string[];
};

export type PolicyCollector = {
  /** A subgraph answered, with this `Cache-Control` and these `extensions.cacheTags`. */
  add(cacheControl: string | undefined, tags: unknown): void;
  /** A part was kept already, or another request has made it. */
  addKept(part: Keepable & { readonly isPrivate: boolean }): void;
  /** A part is past its time: the whole is for those who ask now, or for the viewer alone. */
  stale(isOwn: boolean): void;
  /** What parts were made of, beyond what was told with them. */
  tag(tags: readonly string[]): void;
  /** The whole must not be kept for longer. */
  limit(maxAgeMs: number): void;
  /** A subgraph answered with errors. */
  failed(): void;
  /** A subgraph did not answer at all. */
  missing(): void;
  /** `isComplete`: the answer has no errors. */
  verdict(isComplete: boolean): Verdict;
};

const NONE: Verdict = { kind: 'none' };

/** Joins what the subgraphs of one request say into the strictest of it. */
export function createPolicyCollector(): PolicyCollector {
  let freshMs = Number.POSITIVE_INFINITY;
  /** Until when each part is good enough, counted from now. */
  let revalidateEndMs = Number.POSITIVE_INFINITY;
  let ifErrorEndMs = Number.POSITIVE_INFINITY;
  let isPrivate = false;
  let isRefused = false;
  let hasFailed = false;
  let isStale = false;
  let answered = 0;
  let absent = 0;
  /** Most have none. */
  let tags: Set<string> | undefined;

  const addTags = (more: readonly string[]) => {
    tags ??= new Set();
    for (const tag of more) tags.add(tag);
  };
  const join = (part: Omit<Keepable, 'tags'> & { isPrivate: boolean }) => {
    answered++;
    freshMs = Math.min(freshMs, part.maxAgeMs);
    revalidateEndMs = Math.min(revalidateEndMs, part.maxAgeMs + part.revalidateMs);
    ifErrorEndMs = Math.min(ifErrorEndMs, part.maxAgeMs + part.ifErrorMs);
    isPrivate ||= part.isPrivate;
  };

  return {
    add(cacheControl, newTags) {
      join(inMs(readCacheControl(cacheControl)));
      if (newTags === undefined) return;
      // Not knowing what it was made of, nobody could purge it.
      if (!areTags(newTags)) isRefused = true;
      else addTags(newTags);
    },
    addKept(part) {
      join(part);
      addTags(part.tags);
    },
    stale(isOwn) {
      isStale = true;
      isPrivate ||= isOwn;
    },
    tag: addTags,
    limit(maxAgeMs) {
      freshMs = Math.min(freshMs, maxAgeMs);
    },
    failed() {
      hasFailed = true;
    },
    missing() {
      absent++;
    },
    verdict(isComplete) {
      const isPublic = !isPrivate && (answered === 0 || freshMs > 0);
      const isOutage = absent > 0;
      if ((isOutage || isStale) && !hasFailed && isPublic) return { kind: 'unavailable', isOutage };
      if (!isComplete || hasFailed || isOutage || isStale) return { kind: 'failed', isOutage: isOutage && !hasFailed };
      if (isRefused || answered === 0 || freshMs <= 0) return NONE;
      return {
        kind: isPrivate ? 'private' : 'public',
        maxAgeMs: freshMs,
        revalidateMs: Math.max(0, revalidateEndMs - freshMs),
        ifErrorMs: Math.max(0, ifErrorEndMs - freshMs),
        tags: tags ? [...tags] : [],
      };
    },
  };
}

export const areTags = (tags: unknown): tags is readonly string[] =>
  Array.isArray(tags) && tags.every((tag) => typeof tag === 'string');

export const inMs = ({ maxAgeS, revalidateS, ifErrorS, isPrivate }: CacheControl) => ({
  maxAgeMs: maxAgeS * 1000,
  revalidateMs: revalidateS * 1000,
  ifErrorMs: ifErrorS * 1000,
  isPrivate,
});
