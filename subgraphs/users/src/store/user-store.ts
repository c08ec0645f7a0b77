import { type SqlExecutor, violatedConstraint, withTransaction } from '@entrepot/database/transaction';
import { event } from '@entrepot/events/contract';
import { UserChanged, UserRegistered } from '@entrepot/events/contracts/users';
import { appendToOutbox } from '@entrepot/events/outbox';
import { newUuid, requireUuid } from '@entrepot/kernel/ids';
import { Rejection } from '@entrepot/kernel/rejection';
import type { Role } from '@entrepot/kernel/viewer';
import type { Pool } from 'pg';
import { changeRoles, type User } from '../domain/user.ts';
import { insertSession, type NewSession } from './session-rows.ts';
import { toUser, USER_COLUMNS, type UserRow } from './user-rows.ts';

export type Account = { email: string; displayName: string; passwordHash: string; roles?: readonly Role[] };

export function createUserStore(pool: Pool, afterCommit: () => void) {
  const write = async <T>(act: (tx: SqlExecutor) => Promise<T>): Promise<T> => {
    const result = await withTransaction(pool, act);
    afterCommit();
    return result;
  };
  return {
    /** Opens an account with its first session. @throws Rejection EMAIL_TAKEN */
    register: (account: Account, session: NewSession, now: Date): Promise<User> =>
      orEmailTaken(account.email, () =>
        write(async (tx) => {
          const { rows } = await tx.query<UserRow>(
            `INSERT INTO "user" ("id", "kind", "email", "display_name", "password_hash", "roles", "created_at")
             VALUES ($1, 'CUSTOMER', $2, $3, $4, $5, $6) RETURNING ${USER_COLUMNS}`,
            [newUuid(now), account.email, account.displayName, account.passwordHash, account.roles ?? [], now],
          );
          return finish(tx, rows[0], session, now, 'CUSTOMER');
        }),
      ),

    /** Gives a guest a password: the row, and with it every order, stays theirs. @throws Rejection EMAIL_TAKEN */
    promoteGuest: (guestId: string, account: Account, session: NewSession, now: Date): Promise<User | undefined> =>
      orEmailTaken(account.email, () =>
        write(async (tx) => {
          const { rows } = await tx.query<UserRow>(
            `UPDATE "user" SET "kind" = 'CUSTOMER', "email" = $2, "display_name" = $3, "password_hash" = $4
             WHERE "id" = $1 AND "kind" = 'GUEST' RETURNING ${USER_COLUMNS}`,
            [requireUuid('usr', guestId), account.email, account.displayName, account.passwordHash],
          );
          return rows[0] && finish(tx, rows[0], session, now, 'CUSTOMER');
        }),
      ),

    createGuest: (guest: { email: string; displayName: string }, session: NewSession, now: Date): Promise<User> =>
      write(async (tx) => {
        const { rows } = await tx.query<UserRow>(
          `INSERT INTO "user" ("id", "kind", "email", "display_name", "roles", "created_at")
           VALUES ($1, 'GUEST', $2, $3, '{}', $4) RETURNING ${USER_COLUMNS}`,
          [newUuid(now), guest.email, guest.displayName, now],
        );
        return finish(tx, rows[0], session, now, 'GUEST');
      }),

    /** The customer with this address, and the hash of their password. */
    async findLogin(email: string): Promise<{ user: User; passwordHash: string } | undefined> {
      const { rows } = await pool.query<UserRow & { password_hash: string }>(
        `SELECT ${USER_COLUMNS}, "password_hash" FROM "user" WHERE lower("email") = lower($1) AND "kind" = 'CUSTOMER'`,
        [email],
      );
      return rows[0] && { user: toUser(rows[0]), passwordHash: rows[0].password_hash };
    },

    async hasAdmin(): Promise<boolean> {
      const { rows } = await pool.query(`SELECT FROM "user" WHERE 'ADMIN' = ANY("roles") LIMIT 1`);
      return rows.length > 0;
    },

    /** @throws Rejection NOT_FOUND, IS_GUEST or LAST_ADMIN */
    setRoles: (userId: string, roles: readonly Role[]): Promise<User> =>
      write(async (tx) => {
        // All administrators are locked, in one order, so that two who take the role from each other cannot both succeed.
        const { rows } = await tx.query<UserRow>(
          `SELECT ${USER_COLUMNS} FROM "user" WHERE "id" = $1 OR 'ADMIN' = ANY("roles") ORDER BY "id" FOR UPDATE`,
          [requireUuid('usr', userId)],
        );
        const users = rows.map(toUser);
        const user = users.find(({ id }) => id === userId);
        if (!user) throw new Rejection('NOT_FOUND', `there is no user ${userId}`, ['input', 'userId']);
        const admins = users.filter(({ roles }) => roles.includes('ADMIN'));
        const changed = { ...user, roles: changeRoles(user, roles, admins.length === 1) };
        await tx.query('UPDATE "user" SET "roles" = $2 WHERE "id" = $1', [requireUuid('usr', userId), changed.roles]);
        await appendToOutbox(tx, [event(UserChanged, { userId })]);
        return changed;
      }),
  };
}
export type UserStore = ReturnType<typeof createUserStore>;

async function finish(
  tx: SqlExecutor,
  row: UserRow | undefined,
  session: NewSession,
  now: Date,
  kind: User['kind'],
): Promise<User> {
  if (!row) throw new Error('the statement returned no user');
  const user = toUser(row);
  await insertSession(tx, row.id, session, now);
  await appendToOutbox(tx, [event(UserRegistered, { userId: user.id, kind }, { at: now })]);
  return user;
}

async function orEmailTaken<T>(email: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (violatedConstraint(error) !== 'user_customer_email_key') throw error;
    throw new Rejection('EMAIL_TAKEN', `an account with ${email} exists: log in, or use another address`, [
      'input',
      'email',
    ]);
  }
}
