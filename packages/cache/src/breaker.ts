/** After so many failures in a row nothing is tried for a while: a dead cache must not cost each request its timeout. */
const FAILURES = 5;
const REST_MS = 1_000;

export type Breaker = {
  /** The result of `act`, or undefined when it failed or was not tried. */
  run<T>(act: () => Promise<T>): Promise<T | undefined>;
};

export function createBreaker({ onOpen, onClose }: { onOpen: () => void; onClose: () => void }): Breaker {
  let failures = 0;
  let restsUntil = 0;
  return {
    async run(act) {
      if (performance.now() < restsUntil) return undefined;
      try {
        const result = await act();
        if (failures >= FAILURES) onClose();
        failures = 0;
        return result;
      } catch {
        failures++;
        if (failures === FAILURES) onOpen();
        if (failures >= FAILURES) restsUntil = performance.now() + REST_MS;
        return undefined;
      }
    },
  };
}
