import { migrationUrl } from './config.ts';
import { type DatabaseName, migrate } from './migrate.ts';

/** `node migrate-command.ts users`: brings USERS_DATABASE_URL to the newest migration, as a deployment does before it starts services. */
const names: readonly DatabaseName[] = ['users', 'products', 'orders'];
const name = names.find((known) => known === process.argv[2]);
if (!name) throw new Error(`name a database: ${names.join(', ')}`);
try {
  await migrate({ name, url: migrationUrl(name) });
  process.stdout.write(`the database of ${name} has every migration\n`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
