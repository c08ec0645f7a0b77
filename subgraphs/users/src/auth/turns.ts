export class TooBusy extends Error {}

export type Turns = {
  /** Runs `act` when it is its turn. @throws TooBusy at once when too many wait already */
  take<T>(act: () => Promise<T>): Promise<T>;
  load(): { running: number; waiting: number };
};

/** Lets so many run at once and so many more wait, first come, first served. */
export function createTurns({ concurrent, maxWaiting }: { concurrent: number; maxWaiting: number }): Turns {
  const waiting: (() => void)[] = [];
  let running = 0;
  const begin = async () => {
    if (running < concurrent) {
      running++;
      return;
    }
    if (waiting.length >= maxWaiting) throw new TooBusy(`${maxWaiting} are waiting already`);
    await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const end = () => {
    const next = waiting.shift();
    // The place is handed over, never free in between: somebody who comes just then would be one too many.
    if (next) next();
    else running--;
  };
  return {
    async take(act) {
      await begin();
      try {
        return await act();
      } finally {
        end();
      }
    },
    load: () => ({ running, waiting: waiting.length }),
  };
}
