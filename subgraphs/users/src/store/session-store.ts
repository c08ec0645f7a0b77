import { poolExecutor, withTransaction } from '@entrepot/database/transaction';
import { requireUuid } from '@entrepot/kernel/ids';
import type { Pool } from 'pg';
import { judge } from '../domain/session.ts';
import type { User } from '../domain/user.ts';
import { insertSession, type NewSession } from './session-rows.ts';
import { toUser, type UserRow } from './user-rows.ts';

export type Refreshed = { outcome: 'refreshed'; user: User } | { outcome: 'unknown' } | { outcome: 'reused' };
type TokenRow = UserRow & { session_id: string; used_at: Date | null; expires_at: Date; ended_at: Date | null };

const PRUNE_BATCH = 5_000;

export function createSessionStore(pool: Pool) {
  const db = poolExecutor(pool);
  return {
    open: (userId: string, session: NewSession, now: Date): Promise<void> =>
      insertSession(db, requireUuid('usr', userId), session, now),

    /** Uses up a token and puts the next one in its place, or ends the session of one that was used before. */
    refresh: (tokenHash: Buffer, next: NewSession, now: Date): Promise<Refreshed> =>
      withTransaction(pool, async (tx) => {
        // These rows are the lock: of two who show the same token at once, the second waits and then sees it used.
        const { rows } = await tx.query<TokenRow>(
          `SELECT u."id", u."kind", u."email", u."display_name", u."roles", u."created_at",
             t."session_id", t."used_at", t."expires_at", s."ended_at"
           FROM "refresh_token" t JOIN "session" s ON s."id" = t."session_id" JOIN "user" u ON u."id" = s."user_id"
           WHERE t."hash" = $1 FOR NO KEY UPDATE OF t, s`,
          [tokenHash],
        );
        const row = rows[0];
        const token = row && { usedAt: row.used_at, expiresAt: row.expires_at, sessionEndedAt: row.ended_at };
        const verdict = judge(token, now);
        if (!row || verdict === 'unknown') return { outcome: 'unknown' };
        if (verdict === 'reused') {
          await tx.query('UPDATE "session" SET "ended_at" = $2 WHERE "id" = $1', [row.session_id, now]);
          return { outcome: 'reused' };
        }
        await tx.query(
          `WITH used AS (UPDATE "refresh_token" SET "used_at" = $2 WHERE "hash" = $1)
           INSERT INTO "refresh_token" ("hash", "session_id", "expires_at") VALUES ($3, $4, $5)`,
          [tokenHash, now, next.tokenHash, row.session_id, next.expiresAt],
        );
        return { outcome: 'refreshed', user: toUser(row) };
      }),

    /** Ends the session that a token belongs to, if there is one. */
    async end(tokenHash: Buffer, now: Date): Promise<void> {
      await db.query(
        `UPDATE "session" SET "ended_at" = $2 WHERE "ended_at" IS NULL
         AND "id" = (SELECT "session_id" FROM "refresh_token" WHERE "hash" = $1)`,
        [tokenHash, now],
      );
    },

    /** Forgets expired tokens, and sessions of which no token is left; true when there may be more. */
    async prune(now: Date): Promise<boolean> {
      const { rows, rowCount } = await db.query<{ session_id: string }>(
        // Every replica prunes: what one is at, the others leave out.
        `DELETE FROM "refresh_token" WHERE "hash" IN (
           SELECT "hash" FROM "refresh_token" WHERE "expires_at" <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)
         RETURNING "session_id"`,
        [now, PRUNE_BATCH],
      );
      await db.query(
        `DELETE FROM "session" s WHERE s."id" = ANY($1::uuid[])
         AND NOT EXISTS (SELECT FROM "refresh_token" t WHERE t."session_id" = s."id")`,
        [[...new Set(rows.map((row) => row.session_id))]],
      );
      return rowCount === PRUNE_BATCH;
    },
  };
}
