import pg from 'pg';
import { checkRegistration } from './domain/user.ts';
import { createPasswords } from './passwords.ts';
import { hashOf, newRefreshToken } from './refresh-token.ts';
import { createUserStore } from './store/user-store.ts';

export type Admin = { databaseUrl: string; email: string; password: string };

/** Makes an administrator when the shop has none; does nothing when it has one. @throws Rejection for a bad account */
export async function seedAdmin({ databaseUrl, email, password }: Admin): Promise<void> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  try {
    const users = createUserStore(pool, () => {});
    if (await users.hasAdmin()) return;
    const displayName = 'Administrator';
    checkRegistration({ email, password, displayName });
    const passwordHash = await (await createPasswords()).hash(password);
    const now = new Date();
    // An account begins with a session; nobody is given the token of this one, which has expired already.
    const tokenHash = hashOf(newRefreshToken()) ?? Buffer.alloc(0);
    await users.register({ email, displayName, passwordHash, roles: ['ADMIN'] }, { tokenHash, expiresAt: now }, now);
  } finally {
    await pool.end();
  }
}
