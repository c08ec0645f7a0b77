/** More would only take the place of what somebody waits for. */
const MAX_RUNNING = 1_000;

export type Refreshes = {
  isRunning(key: string): boolean;
  /** Starts one, unless too many run already. `act` tells whether what it made could be kept. */
  start(keys: readonly string[], act: () => Promise<boolean>): void;
};

/** What is made anew while nobody waits for it. A failure leaves what was kept. */
export function createRefreshes(onEnd: (outcome: 'done' | 'failed') => void): Refreshes {
  const running = new Set<string>();
  return {
    isRunning: (key) => running.has(key),
    start(keys, act) {
      if (running.size + keys.length > MAX_RUNNING) return;
      for (const key of keys) running.add(key);
      act()
        .then(
          (isKept) => onEnd(isKept ? 'done' : 'failed'),
          () => onEnd('failed'),
        )
        .finally(() => {
          for (const key of keys) running.delete(key);
        });
    },
  };
}
