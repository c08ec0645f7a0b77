/** Lets one do the work for all who ask for the same at the same time. */
export function createSingleFlight<T>() {
  const running = new Map<string, Promise<T>>();
  return {
    /** `leads` tells whether this caller did the work or was given another's. */
    async run(key: string, work: () => Promise<T>): Promise<{ result: T; leads: boolean }> {
      const other = running.get(key);
      if (other !== undefined) return { result: await other, leads: false };
      const mine = work();
      running.set(key, mine);
      try {
        return { result: await mine, leads: true };
      } finally {
        running.delete(key);
      }
    },
  };
}
