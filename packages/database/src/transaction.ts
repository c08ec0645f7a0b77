import { sleep } from '@entrepot/kernel/retry';
import type { Pool, PoolClient, QueryResultRow } from 'pg';

/** What a store needs of a transaction: one statement after the other. */
export type SqlExecutor = {
  query<Row extends QueryResultRow>(
    text: string,
    values?: readonly unknown[],
  ): Promise<{ rows: Row[]; rowCount: number }>;
};

export type TransactionOptions = {
  /** The server ends a transaction that runs longer, so that nothing can be committed after we gave up. */
  timeoutMs?: number;
  isolation?: 'READ COMMITTED' | 'REPEATABLE READ' | 'SERIALIZABLE';
  /** How often to run it in all when the server asks to run it again (serialization failure, deadlock). */
  attempts?: number;
};

/** serialization_failure and deadlock_detected: the transaction did nothing, and may succeed when run again. */
const RUN_AGAIN = new Set(['40001', '40P01']);

/**
 * Runs `act` in one transaction on a connection of its own: committed when it resolves, rolled back when it throws.
 * `act` may run several times, so its effects must all be in the database. Hand-held because interactive Prisma
 * transactions may commit a statement after their timeout (prisma/orm#29762) or end the process (#29952).
 */
export async function withTransaction<T>(
  pool: Pool,
  act: (tx: SqlExecutor) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  const { attempts = 5 } = options;
  for (let attempt = 1; ; attempt++) {
    try {
      return await once(pool, act, options);
    } catch (error) {
      if (attempt >= attempts || !RUN_AGAIN.has(sqlState(error) ?? '')) throw error;
      await sleep(Math.random() * 10 * 2 ** attempt);
    }
  }
}

async function once<T>(pool: Pool, act: (tx: SqlExecutor) => Promise<T>, options: TransactionOptions): Promise<T> {
  const { timeoutMs = 5_000, isolation = 'READ COMMITTED' } = options;
  const client = await pool.connect();
  // A connection whose end of the transaction is unknown is closed, never given back.
  let isClean = false;
  // Without a listener the loss of a connection would end the process; the running statement, or the next one, tells of it.
  const onLoss = () => {};
  client.on('error', onLoss);
  const ours = startTimer(timeoutMs + GRACE_MS);
  try {
    const begin = `BEGIN ISOLATION LEVEL ${isolation}; SET LOCAL transaction_timeout = ${Math.trunc(timeoutMs)}`;
    const result = await Promise.race([commit(client, begin, act), ours.expired]);
    isClean = true;
    return result;
  } catch (error) {
    // The server may fall silent after the error as well: a ROLLBACK waits no longer than the transaction may.
    isClean = await Promise.race([client.query('ROLLBACK'), ours.expired]).then(Boolean, () => false);
    throw error;
  } finally {
    ours.stop();
    client.off('error', onLoss);
    client.release(!isClean);
  }
}

async function commit<T>(client: PoolClient, begin: string, act: (tx: SqlExecutor) => Promise<T>): Promise<T> {
  let failure: unknown;
  const onFailure = (error: unknown) => {
    failure = error;
  };
  await client.query(begin);
  const result = await act(executor(client, onFailure));
  const { command } = await client.query('COMMIT');
  // After a failed statement COMMIT rolls back and calls that a success: `act` must have swallowed the error.
  if (command !== 'COMMIT') throw failure;
  return result;
}

/** The server's own timeout is the one that counts; ours is for a server that can no longer be heard. */
const GRACE_MS = 1_000;

function startTimer(ms: number): { expired: Promise<never>; stop(): void } {
  const { promise: expired, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`the database did not answer a transaction within ${ms} ms`)), ms);
  return { expired, stop: () => clearTimeout(timer) };
}

/** A pool as an executor: each statement is its own transaction. */
export function poolExecutor(pool: Pool): SqlExecutor {
  return executor(pool);
}

function executor(on: Pool | PoolClient, onFailure: (error: unknown) => void = () => {}): SqlExecutor {
  return {
    async query<Row extends QueryResultRow>(text: string, values: readonly unknown[] = []) {
      const name = values.length > 0 ? preparedName(text) : undefined;
      const statement = { text, values: [...values], ...(name !== undefined && { name }) };
      try {
        const { rows, rowCount } = await on.query<Row>(statement);
        return { rows, rowCount: rowCount ?? 0 };
      } catch (error) {
        onFailure(error);
        throw error;
      }
    },
  };
}

/** Stores have a few hundred fixed statements; should a text be put together of parts without end, the rest go unprepared. */
const MAX_PREPARED = 500;
const names = new Map<string, string>();

/** The same statements are sent again and again: PostgreSQL parses and plans each once a connection. */
function preparedName(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined || names.size >= MAX_PREPARED) return known;
  const name = `entrepot_${names.size}`;
  names.set(text, name);
  return name;
}

/** The SQLSTATE of an error from PostgreSQL. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** The name of the constraint that a statement hurt, when that is why it failed. */
export function violatedConstraint(error: unknown): string | undefined {
  return error instanceof Error && 'constraint' in error && typeof error.constraint === 'string'
    ? error.constraint
    : undefined;
}
