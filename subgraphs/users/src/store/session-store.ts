import { withTransaction } from '@entrepot/database/transaction';
import { requireUuid } from '@entrepot/kernel/ids';
import type { Pool } from 'pg';
import { judge } from '../domain/session.ts';
import type { User } from '../domain/user.ts';
import { insertSession, type NewSession } from './session-rows.ts';
import { toUser, type UserRow } from './user-rows.ts';

export type Refreshed = { outcome: 'refreshed'; user: User } | { outcome: 'unknown' } | { outcome: 'reused' };

/** Sessions and used tokens that ended so long ago are of no use to anybody. */
const KEEP_DAYS = 30;

export function createSessionStore(pool: Pool) {
  return {
    open: (userId: string, session: NewSession, now: Date): Promise<void> =>
      withTransaction(pool, (tx) => insertSession(tx, requireUuid('usr', userId), session, now)),

    /** Uses up a token and puts the next one in its place, or ends the session of one that was used before. */
    refresh: (tokenHash: Buffer, next: NewSession, now: Date): Promise<Refreshed> =>
      withTransaction(pool, async (tx) => {
        // The session's row is the lock: of two who show the same token at once, the second sees it used.
        const { rows } = await tx.query<
          UserRow & { session_id: string; used_at: Date | null; expires_at: Date; ended_at: Date | null }
        >(
          `SELECT u."id", u."kind", u."email", u."display_name", u."roles", u."created_at",
             t."session_id", t."used_at", t."expires_at", s."ended_at"
           FROM "refresh_token" t JOIN "session" s ON s."id" = t."session_id" JOIN "user" u ON u."id" = s."user_id"
           WHERE t."hash" = $1 FOR UPDATE OF t, s`,
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
        await tx.query('UPDATE "refresh_token" SET "used_at" = $2 WHERE "hash" = $1', [tokenHash, now]);
        await tx.query('INSERT INTO "refresh_token" ("hash", "session_id", "expires_at") VALUES ($1, $2, $3)', [
          next.tokenHash,
          row.session_id,
          next.expiresAt,
        ]);
        return { outcome: 'refreshed', user: toUser(row) };
      }),

    /** Ends the session that a token belongs to, if there is one. */
    async end(tokenHash: Buffer, now: Date): Promise<void> {
      await pool.query(
        `UPDATE "session" SET "ended_at" = $2 WHERE "ended_at" IS NULL
         AND "id" = (SELECT "session_id" FROM "refresh_token" WHERE "hash" = $1)`,
        [tokenHash, now],
      );
    },

    /** Forgets what nobody can use any more; returns how many tokens. */
    async prune(): Promise<number> {
      const { rowCount } = await pool.query(
        `DELETE FROM "refresh_token" WHERE "hash" IN (
           SELECT "hash" FROM "refresh_token" WHERE "expires_at" < now() - make_interval(days => $1) LIMIT 5000)`,
        [KEEP_DAYS],
      );
      await pool.query('DELETE FROM "login_failure" WHERE "window_end" < now()');
      return rowCount ?? 0;
    },
  };
}
export type SessionStore = ReturnType<typeof createSessionStore>;
