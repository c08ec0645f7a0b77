/**
 * Runs `act` as soon as it is called, once for all calls that come while it runs. `act` gets what the calls gave since it
 * last ran. It is never awaited by callers, so it must not throw.
 */
export function coalesce<T>(act: (given: readonly T[]) => Promise<void>) {
  let given: T[] = [];
  let running: Promise<void> | undefined;
  const run = async () => {
    while (given.length > 0) {
      const now = given;
      given = [];
      await act(now);
    }
    running = undefined;
  };
  return {
    call(value: T): void {
      given.push(value);
      running ??= run();
    },
    /** Resolves when nothing runs. */
    settled: async (): Promise<void> => running,
  };
}
