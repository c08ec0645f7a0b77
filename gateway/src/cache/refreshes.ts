/** More would only take the place of what somebody waits for. */
const MAX_RUNNING = 200;

export type Refreshes = {
  /** Starts one, unless one of this key or too many run already. `act` tells whether it could be kept. */
  start(key: string, act: () => Promise<boolean>): void;
};

/** What is made anew while nobody waits for it. A failure leaves what was kept. */
export function createRefreshes(onEnd: (outcome: 'done' | 'failed') => void): Refreshes {
  const running = new Set<string>();
  return {
    start(key, act) {
      if (running.has(key) || running.size >= MAX_RUNNING) return;
      running.add(key);
      act()
        .then(
          (isKept) => onEnd(isKept ? 'done' : 'failed'),
          () => onEnd('failed'),
        )
        .finally(() => running.delete(key));
    },
  };
}
