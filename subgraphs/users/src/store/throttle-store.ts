import { poolExecutor } from '@entrepot/database/transaction';
import type { Pool } from 'pg';
import { MAX_ATTEMPTS, WINDOW_MS } from '../domain/login-throttle.ts';

/**
 * Attempts to log in by e-mail address, in the database so that all replicas count together. It is lower() here that folds
 * an address, as where its account is looked up: İ is i to PostgreSQL and is not to JavaScript, so that an address of many
 * spellings would have as many throttles.
 */
export function createThrottleStore(pool: Pool) {
  const db = poolExecutor(pool);
  return {
    /** Counts an attempt; false when the address rests. One statement, so that no two attempts are counted as one. */
    async attempt(email: string, now: Date): Promise<boolean> {
      const { rowCount } = await db.query(
        `INSERT INTO "login_attempt" AS known ("email", "attempts", "window_end") VALUES (lower($1), 1, $2)
         ON CONFLICT ("email") DO UPDATE SET
           "attempts" = CASE WHEN known."window_end" <= $3 THEN 1 ELSE known."attempts" + 1 END,
           "window_end" = CASE WHEN known."window_end" <= $3 THEN $2 ELSE known."window_end" END
         WHERE known."window_end" <= $3 OR known."attempts" < $4`,
        [email, new Date(now.getTime() + WINDOW_MS), now, MAX_ATTEMPTS],
      );
      return rowCount > 0;
    },
    /** Takes one attempt back: nobody looked at its password. */
    async takeBack(email: string): Promise<void> {
      await db.query(
        'UPDATE "login_attempt" SET "attempts" = "attempts" - 1 WHERE "email" = lower($1) AND "attempts" > 0',
        [email],
      );
    },
    async succeeded(email: string): Promise<void> {
      await db.query('DELETE FROM "login_attempt" WHERE "email" = lower($1)', [email]);
    },
    /** Forgets windows that are over. */
    async prune(now: Date): Promise<void> {
      await db.query('DELETE FROM "login_attempt" WHERE "window_end" <= $1', [now]);
    },
  };
}
