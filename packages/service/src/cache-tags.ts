/** An answer made of more is not worth keeping: purging it would cost more than making it again. */
const MAX_TAGS = 2_000;

/** What an answer was made of: `Product:prod_…` for an entity in it, `Product` for a list that any product may join. */
export type CacheTags = {
  /**
   * `entity`: the place, among the entities that were asked for, of the one that it belongs to. What belongs to none belongs to all
   * of them; `'told'` is told again with its place.
   */
  add(tag: string, entity?: number | 'told'): void;
  /** Says that the answer holds something no tag can name, and so no event could purge. */
  forbid(): void;
  /** The tags; undefined when the answer must not be kept: something in it has no name, or they are too many. */
  all(): string[] | undefined;
  /** Those of each of so many entities. */
  ofEntities(count: number): string[][];
};

export function createCacheTags(): CacheTags {
  const tags = new Set<string>();
  const ofAll = new Set<string>();
  const ofEach = new Map<number, Set<string>>();
  let isForbidden = false;
  return {
    add(tag, entity) {
      if (tags.size > MAX_TAGS) return;
      tags.add(tag);
      if (entity === undefined) ofAll.add(tag);
      if (typeof entity !== 'number') return;
      const own = ofEach.get(entity) ?? new Set();
      ofEach.set(entity, own.add(tag));
    },
    forbid: () => {
      isForbidden = true;
    },
    all: () => (isForbidden || tags.size > MAX_TAGS ? undefined : [...tags]),
    ofEntities: (count) =>
      Array.from({ length: count }, (_, entity) => [...new Set([...ofAll, ...(ofEach.get(entity) ?? [])])]),
  };
}
