import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { ensureDatabase } from './ensure-database.ts';
import type { DatabaseName } from './names.ts';
import { lastWords, prismaFolder, runPrisma } from './prisma-cli.ts';
import { sqlState } from './transaction.ts';

export type { DatabaseName } from './names.ts';

/** Brings a database to the newest migration of `prisma/<name>/migrations`; makes the database when it is missing. */
export async function migrate({ name, url }: { name: DatabaseName; url: string }): Promise<void> {
  await ensureDatabase(url);
  // The CLI takes a second of CPU to find that there is nothing to do; the same is read here in a few milliseconds.
  if (await isCurrent(name, url)) return;
  const run = await runPrisma(name, url, ['migrate', 'deploy']);
  if (run.code !== 0) throw new Error(`the migrations of ${name} failed: ${lastWords(run)}`);
}

/** Whether every migration in the folder was applied, with the text it has now. */
async function isCurrent(name: DatabaseName, url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ migration_name: string; checksum: string }>(
      'SELECT migration_name, checksum FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
    );
    const applied = new Map(rows.map((row) => [row.migration_name, row.checksum]));
    const wanted = await readMigrations(name);
    return wanted.length === applied.size && wanted.every(({ name, checksum }) => applied.get(name) === checksum);
  } catch (error) {
    // undefined_table: nothing was ever applied.
    if (sqlState(error) === '42P01') return false;
    throw error;
  } finally {
    await client.end();
  }
}

async function readMigrations(name: DatabaseName): Promise<{ name: string; checksum: string }[]> {
  const folder = join(prismaFolder(name), 'migrations');
  const entries = await readdir(folder, { withFileTypes: true });
  const migrations = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    migrations.map(async (migration) => {
      const script = await readFile(join(folder, migration, 'migration.sql'));
      return { name: migration, checksum: createHash('sha256').update(script).digest('hex') };
    }),
  );
}
