/** How an answer may be kept, from what the subgraphs said of its parts. */
export type Verdict =
  | { readonly kind: 'public' | 'private'; readonly maxAgeMs: number; readonly tags: readonly string[] }
  /** For whoever asked, once. */
  | { readonly kind: 'none' }
  /** The same, but another answer to the same operation may be kept: this one has errors. */
  | { readonly kind: 'failed' }
  /** Never to be kept; but what is missing from it is missing for everybody who asks now, and the rest is public. */
  | { readonly kind: 'unavailable' };

export type PolicyCollector = {
  /** A subgraph answered, with this `Cache-Control` and these `extensions.cacheTags`. */
  add(cacheControl: string | undefined, tags: unknown): void;
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
  let maxAgeS = Number.POSITIVE_INFINITY;
  let isPrivate = false;
  let isRefused = false;
  let hasFailed = false;
  let answered = 0;
  let absent = 0;
  const tags = new Set<string>();
  return {
    add(cacheControl, newTags) {
      answered++;
      const directives = readCacheControl(cacheControl);
      maxAgeS = Math.min(maxAgeS, directives.maxAgeS);
      isPrivate ||= directives.isPrivate;
      if (newTags === undefined) return;
      if (Array.isArray(newTags) && newTags.every((tag) => typeof tag === 'string'))
        for (const tag of newTags) tags.add(tag);
      // Not knowing what it was made of, nobody could purge it.
      else isRefused = true;
    },
    failed() {
      hasFailed = true;
    },
    missing() {
      absent++;
    },
    verdict(isComplete) {
      const isPublic = answered === 0 || (maxAgeS > 0 && !isPrivate);
      if (absent > 0 && !hasFailed && isPublic) return { kind: 'unavailable' };
      if (!isComplete || hasFailed || absent > 0) return { kind: 'failed' };
      if (isRefused || answered === 0 || maxAgeS <= 0) return NONE;
      return { kind: isPrivate ? 'private' : 'public', maxAgeMs: maxAgeS * 1000, tags: [...tags] };
    },
  };
}

/** What a `Cache-Control` header allows a cache like ours; an absent one allows nothing. */
export function readCacheControl(header: string | undefined): { maxAgeS: number; isPrivate: boolean } {
  const nothing = { maxAgeS: 0, isPrivate: true };
  if (header === undefined) return nothing;
  let maxAgeS: number | undefined;
  let sharedMaxAgeS: number | undefined;
  let isPrivate = false;
  for (const directive of header.split(',')) {
    const [name = '', value = ''] = directive.trim().toLowerCase().split('=');
    if (name === 'no-store' || name === 'no-cache') return nothing;
    if (name === 'private') isPrivate = true;
    if (name === 'max-age') maxAgeS = readSeconds(value);
    if (name === 's-maxage') sharedMaxAgeS = readSeconds(value);
  }
  return { maxAgeS: (isPrivate ? maxAgeS : (sharedMaxAgeS ?? maxAgeS)) ?? 0, isPrivate };
}

const readSeconds = (text: string): number => (/^"?\d{1,9}"?$/.test(text) ? Number(text.replaceAll('"', '')) : 0);
