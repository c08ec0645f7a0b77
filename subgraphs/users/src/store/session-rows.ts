import type { SqlExecutor } from '@entrepot/database/transaction';
import { newUuid } from '@entrepot/kernel/ids';

/** A refresh token that is about to be given out, as the database will know it. */
export type NewSession = { tokenHash: Buffer; expiresAt: Date };

/** Opens a session with its first token: one statement. */
export async function insertSession(tx: SqlExecutor, userUuid: string, session: NewSession, now: Date): Promise<void> {
  await tx.query(
    `WITH opened AS (INSERT INTO "session" ("id", "user_id", "created_at") VALUES ($1, $2, $3) RETURNING "id")
     INSERT INTO "refresh_token" ("hash", "session_id", "expires_at") SELECT $4, "id", $5 FROM opened`,
    [newUuid(now), userUuid, now, session.tokenHash, session.expiresAt],
  );
}
