import type { Logger } from '@entrepot/telemetry/logger';
import type { Stores } from './store/stores.ts';

const EVERY_MS = 10 * 60_000;
/** Of 5,000 tokens each: 800 a second, more than ever expire. What is left waits for the next time. */
const MAX_BATCHES = 100;

type Pruned = Pick<Stores, 'sessions' | 'throttle'>;

/** Keeps what nobody can use any more from growing for ever. Several processes may do it. */
export function startPruning(stores: Pruned, logger: Logger): { stop(): void } {
  const timer = setInterval(() => {
    prune(stores, new Date()).catch((error: unknown) =>
      logger.warn({ err: error }, 'old sessions could not be pruned; the next round will'),
    );
  }, EVERY_MS);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

export async function prune({ sessions, throttle }: Pruned, now: Date): Promise<void> {
  await throttle.prune(now);
  for (let batch = 0; batch < MAX_BATCHES; batch++) {
    if (!(await sessions.prune(now))) return;
  }
}
