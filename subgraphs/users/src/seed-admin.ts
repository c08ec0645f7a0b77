import { runMain } from '@entrepot/http/shutdown';
import pg from 'pg';
import { createPasswords } from './auth/passwords.ts';
import { loadSeedConfig } from './config.ts';
import { readRegistration } from './domain/user.ts';
import { createUserStore } from './store/user-store.ts';

export type Admin = { databaseUrl: string; email: string; password: string };

/** Makes an administrator when the shop has none; false when it has one. @throws Rejection for a bad account */
export async function seedAdmin({ databaseUrl, email, password }: Admin): Promise<boolean> {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1, connectionTimeoutMillis: 5_000 });
  try {
    // No relay runs here: that of the service finds the event in the outbox.
    const users = createUserStore(pool, () => undefined);
    if (await users.hasAdmin()) return false;
    const account = readRegistration({ email, password, displayName: 'Administrator' });
    const passwords = await createPasswords();
    const passwordHash = await passwords.hash(account.password);
    return await users.createFirstAdmin({ ...account, passwordHash }, new Date());
  } finally {
    await pool.end();
  }
}

if (import.meta.main) {
  await runMain('users seed', async () => {
    const { USERS_DATABASE_URL, ADMIN_EMAIL, ADMIN_PASSWORD } = loadSeedConfig();
    const isNew = await seedAdmin({ databaseUrl: USERS_DATABASE_URL, email: ADMIN_EMAIL, password: ADMIN_PASSWORD });
    process.stdout.write(`${isNew ? 'the administrator is made' : 'there is an administrator already'}\n`);
  });
}
