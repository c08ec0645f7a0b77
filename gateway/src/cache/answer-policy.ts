/** Whether and for whom an answer may be kept, and what it was made of. */
export type AnswerPolicy = {
  /** Takes in what one subgraph said of its part: its `Cache-Control` header and its `extensions.cacheTags`. */
  restrict(cacheControl: string | undefined, tags: unknown): void;
  /** The policy of the whole; undefined when it must not be kept. */
  result(): { maxAgeS: number; isPrivate: boolean; tags: readonly string[] } | undefined;
};

const MAX_TAGS = 2_000;

/** The strictest of all parts decides. A part that says nothing may not be kept, and so neither may the whole. */
export function createAnswerPolicy(): AnswerPolicy {
  let maxAgeS = Number.POSITIVE_INFINITY;
  let isPrivate = false;
  let isKept = true;
  const tags = new Set<string>();
  return {
    restrict(cacheControl, more) {
      const directives = parse(cacheControl);
      const age = Number(directives.get('max-age'));
      if (directives.has('no-store') || directives.has('no-cache') || !(age > 0)) isKept = false;
      else maxAgeS = Math.min(maxAgeS, age);
      if (directives.has('private')) isPrivate = true;
      if (Array.isArray(more)) for (const tag of more) tags.add(String(tag));
      if (tags.size > MAX_TAGS) isKept = false;
    },
    result: () => (isKept && Number.isFinite(maxAgeS) ? { maxAgeS, isPrivate, tags: [...tags] } : undefined),
  };
}

function parse(header = ''): Map<string, string | undefined> {
  return new Map(
    header.split(',').map((directive) => {
      const [name = '', value] = directive.trim().toLowerCase().split('=', 2);
      return [name, value] as const;
    }),
  );
}
