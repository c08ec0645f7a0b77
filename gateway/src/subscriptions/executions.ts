import { createSingleFlight } from '@entrepot/cache/single-flight';

export type Executions<T> = {
  /** Runs `execute`, or waits for the one of the same key that has not ended. */
  run(key: string, execute: () => Promise<T>): Promise<T>;
};

/**
 * One event may concern thousands of subscribers at once. Equal questions of equal viewers are asked once for all of them, and
 * of the others only so many at a time, so that ordinary requests find their subgraphs as before.
 */
export function createExecutions<T>(maxRunning: number): Executions<T> {
  const flights = createSingleFlight<T>();
  // Not longer than there are subscribers, since each asks one question at a time.
  const waiting: (() => void)[] = [];
  let running = 0;

  const inTurn = async (execute: () => Promise<T>): Promise<T> => {
    if (running >= maxRunning) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await execute();
    } finally {
      // Whoever waits takes this one's place.
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };

  return { run: (key, execute) => flights.join(key, () => inTurn(execute)).result };
}
