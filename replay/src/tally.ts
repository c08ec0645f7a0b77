/** Counts things by reason, in the order the reasons first came up. */
export function createTally() {
  const counts = new Map<string, number>();
  return {
    add(reason: string, by = 1): void {
      counts.set(reason, (counts.get(reason) ?? 0) + by);
    },
    of: (reason: string) => counts.get(reason) ?? 0,
    total: () => [...counts.values()].reduce((sum, count) => sum + count, 0),
    entries: () => [...counts].toSorted(([, a], [, b]) => b - a),
  };
}
export type Tally = ReturnType<typeof createTally>;
