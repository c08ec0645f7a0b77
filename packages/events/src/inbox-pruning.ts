import type { Database } from '@entrepot/database/database';
import { poolExecutor } from '@entrepot/database/transaction';
import type { Logger } from '@entrepot/telemetry/logger';
import { pruneInbox } from './inbox.ts';

/** Each time at most 5,000 events are forgotten: 83 a second, more than a service of this size handles. */
const EVERY_MS = 60_000;

/** Keeps the inbox of a database from growing for ever. Several processes may do it: they delete the same old rows. */
export function startInboxPruning({ pool }: Database, logger: Logger): { stop(): void } {
  const timer = setInterval(() => {
    pruneInbox(poolExecutor(pool)).catch((error: unknown) =>
      logger.warn({ err: error }, 'the inbox could not be pruned'),
    );
  }, EVERY_MS);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}
