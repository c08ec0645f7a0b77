/** Counts purges, and remembers for each tag the last one that named it: for the `maxTags` tags purged last. */
export function createPurgeClock(maxTags: number) {
  let now = 0;
  /** What is older may have been purged by a tag that is forgotten by now. */
  let floor = 0;
  /** In the order of their purges. */
  const purgedAt = new Map<string, number>();

  const forgetOldest = () => {
    for (const [tag, at] of purgedAt) {
      if (purgedAt.size <= maxTags) return;
      floor = at;
      purgedAt.delete(tag);
    }
  };

  return {
    now: () => now,
    purge(tags: readonly string[]): void {
      now++;
      for (const tag of tags) {
        purgedAt.delete(tag);
        purgedAt.set(tag, now);
      }
      forgetOldest();
    },
    clear(): void {
      floor = ++now;
      purgedAt.clear();
    },
    /** Whether none of the tags was purged after the moment `since`. */
    isUntouched(tags: readonly string[], since: number): boolean {
      return since >= floor && tags.every((tag) => (purgedAt.get(tag) ?? 0) <= since);
    },
  };
}
