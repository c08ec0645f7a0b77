import type { SqlExecutor } from '@entrepot/database/transaction';
import { withTransaction } from '@entrepot/database/transaction';
import type { OutboxEvent } from '@entrepot/events/contract';
import { appendToOutbox } from '@entrepot/events/outbox';
import type pg from 'pg';

/** What a write returns, and what it tells the world in the same transaction. */
export type Written<T> = { result: T; events: readonly OutboxEvent[] };
/** Runs a write with its events in one transaction, and wakes the relay once it is committed. */
export type Write = <T>(work: (tx: SqlExecutor) => Promise<Written<T>>, timeoutMs?: number) => Promise<T>;

export function createWrite(pool: pg.Pool, afterCommit: () => void): Write {
  return async (work, timeoutMs = 5_000) => {
    const { result, hasEvents } = await withTransaction(
      pool,
      async (tx) => {
        const written = await work(tx);
        if (written.events.length > 0) await appendToOutbox(tx, written.events);
        return { result: written.result, hasEvents: written.events.length > 0 };
      },
      { timeoutMs },
    );
    if (hasEvents) afterCommit();
    return result;
  };
}
