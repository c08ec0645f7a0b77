import { poolExecutor } from '@entrepot/database/transaction';
import { sleep } from '@entrepot/kernel/retry';
import type { Logger } from '@entrepot/telemetry/logger';
import type { Pool } from 'pg';
import { pruneInbox } from './inbox.ts';

const EVERY_MS = 60_000;

/** Keeps a database's inbox as short as it may be, until stopped. One process of a database does it. */
export function startPruning(pool: Pool, logger: Logger): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const run = async () => {
    while (!stopping.signal.aborted) {
      await sleep(EVERY_MS * (0.5 + Math.random()), stopping.signal).catch(() => {});
      try {
        while (!stopping.signal.aborted && (await pruneInbox(poolExecutor(pool))) > 0);
      } catch (error) {
        logger.warn({ err: error }, 'the inbox could not be pruned');
      }
    }
  };
  const running = run();
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
