import { poolExecutor, type SqlExecutor, violatedConstraint, withTransaction } from '@entrepot/database/transaction';
import { event } from '@entrepot/events/contract';
import { UserChanged, UserRegistered } from '@entrepot/events/contracts/users';
import { appendToOutbox } from '@entrepot/events/outbox';
import { newUuid, requireUuid } from '@entrepot/kernel/ids';
import { Rejection } from '@entrepot/kernel/rejection';
import type { Role } from '@entrepot/kernel/viewer';
import type { Pool } from 'pg';
import { changeRoles, type GuestFields, type User } from '../domain/user.ts';
import { insertGuest } from './guest-statement.ts';
import { insertSession, type NewSession } from './session-rows.ts';
import { toUser, USER_COLUMNS, type UserRow } from './user-rows.ts';

export type Account = { email: string; displayName: string; passwordHash: string };

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
          const row = await insertCustomer(tx, account, [], now);
          await insertSession(tx, row.id, session, now);
          return announce(tx, row, now);
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
          const row = rows[0];
          if (!row) return undefined;
          await insertSession(tx, row.id, session, now);
          return announce(tx, row, now);
        }),
      ),

    async createGuest(guest: GuestFields, session: NewSession, now: Date): Promise<User> {
      const user = await insertGuest(poolExecutor(pool), guest, session, now);
      afterCommit();
      return user;
    },

    /** Makes the first administrator; false when there is one. @throws Rejection EMAIL_TAKEN */
    createFirstAdmin: (account: Account, now: Date): Promise<boolean> =>
      orEmailTaken(account.email, () =>
        write(async (tx) => {
          // Two who start the same shop at once look one after the other.
          await tx.query('SELECT pg_advisory_xact_lock($1)', [FIRST_ADMIN_LOCK]);
          if (await hasAdmin(tx)) return false;
          await announce(tx, await insertCustomer(tx, account, ['ADMIN'], now), now);
          return true;
        }),
      ),

    hasAdmin: (): Promise<boolean> => hasAdmin(poolExecutor(pool)),

    /** The customer with this address, and the hash of their password. */
    async findLogin(email: string): Promise<{ user: User; passwordHash: string } | undefined> {
      const { rows } = await poolExecutor(pool).query<UserRow & { password_hash: string }>(
        `SELECT ${USER_COLUMNS}, "password_hash" FROM "user" WHERE lower("email") = lower($1) AND "kind" = 'CUSTOMER'`,
        [email],
      );
      return rows[0] && { user: toUser(rows[0]), passwordHash: rows[0].password_hash };
    },

    /** @throws Rejection NOT_FOUND, IS_GUEST or LAST_ADMIN */
    setRoles: async (userId: string, roles: readonly Role[]): Promise<User> => {
      const uuid = requireUuid('usr', userId);
      return write(async (tx) => {
        // All administrators are locked, in one order: of two who take the role from each other, the second sees the first.
        const { rows } = await tx.query<UserRow>(
          `SELECT ${USER_COLUMNS} FROM "user" WHERE "id" = $1 OR 'ADMIN' = ANY("roles") ORDER BY "id" FOR NO KEY UPDATE`,
          [uuid],
        );
        const users = rows.map(toUser);
        const user = users.find(({ id }) => id === userId);
        if (!user) throw new Rejection('NOT_FOUND', `there is no user ${userId}`, ['input', 'userId']);
        const admins = users.filter((known) => known.roles.includes('ADMIN'));
        const changed = { ...user, roles: changeRoles(user, roles, admins.length === 1) };
        await tx.query('UPDATE "user" SET "roles" = $2 WHERE "id" = $1', [uuid, changed.roles]);
        await appendToOutbox(tx, [event(UserChanged, { userId })]);
        return changed;
      });
    },
  };
}

/** Any number; it only has to be the same for everyone who makes a first administrator. */
const FIRST_ADMIN_LOCK = 7_318_101;

async function insertCustomer(tx: SqlExecutor, account: Account, roles: readonly Role[], now: Date): Promise<UserRow> {
  const { rows } = await tx.query<UserRow>(
    `INSERT INTO "user" ("id", "kind", "email", "display_name", "password_hash", "roles", "created_at")
     VALUES ($1, 'CUSTOMER', $2, $3, $4, $5, $6) RETURNING ${USER_COLUMNS}`,
    [newUuid(now), account.email, account.displayName, account.passwordHash, roles, now],
  );
  return only(rows);
}

async function announce(tx: SqlExecutor, row: UserRow, now: Date): Promise<User> {
  const user = toUser(row);
  await appendToOutbox(tx, [event(UserRegistered, { userId: user.id, kind: user.kind }, { at: now })]);
  return user;
}

async function hasAdmin(db: SqlExecutor): Promise<boolean> {
  return (await db.query(`SELECT FROM "user" WHERE 'ADMIN' = ANY("roles") LIMIT 1`)).rowCount > 0;
}

function only(rows: readonly UserRow[]): UserRow {
  const [row] = rows;
  if (row) return row;
  throw new Error('the statement returned no user');
}

async function orEmailTaken<T>(email: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (violatedConstraint(error) !== 'user_customer_email_key') throw error;
    const message = `an account with ${email} exists: log in, or use another address`;
    throw new Rejection('EMAIL_TAKEN', message, ['input', 'email']);
  }
}
