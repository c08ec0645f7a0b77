/** An answer made of more is not worth keeping: purging it would cost more than making it again. */
const MAX_TAGS = 2_000;

/** What an answer was made of: `Product:prod_…` for an entity in it, `Product` for a list that any product may join. */
export type CacheTags = {
  add(tag: string): void;
  /** Says that the answer holds something no tag can name, and so no event could purge. */
  forbid(): void;
  /** The tags; undefined when the answer must not be kept: something in it has no name, or they are too many. */
  all(): string[] | undefined;
};

export function createCacheTags(): CacheTags {
  const tags = new Set<string>();
  let isForbidden = false;
  return {
    add: (tag) => {
      if (tags.size <= MAX_TAGS) tags.add(tag);
    },
    forbid: () => {
      isForbidden = true;
    },
    all: () => (isForbidden || tags.size > MAX_TAGS ? undefined : [...tags]),
  };
}
