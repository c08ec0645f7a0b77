import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { inheritedEnvironment } from './config.ts';
import { ensureDatabase } from './ensure-database.ts';
import { sqlState } from './transaction.ts';

const root = resolve(import.meta.dirname, '../../..');
/** Makes Prisma's CLI use the engine that npm brought instead of downloading one. */
export const SCHEMA_ENGINE = join(root, 'packages/database/bin/schema-engine');

export type DatabaseName = 'users' | 'products' | 'orders';

/** Brings a database to the newest migration of `prisma/<name>/migrations`; makes the database when it is missing. */
export async function migrate({ name, url }: { name: DatabaseName; url: string }): Promise<void> {
  await ensureDatabase(url);
  // The CLI takes a second of CPU to find that there is nothing to do; the same is read here in a few milliseconds.
  if (await isCurrent(name, url)) return;
  const { code, output } = await runPrisma(name, url, ['migrate', 'deploy']);
  if (code !== 0) throw new Error(`the migrations of ${name} failed: ${lastWords(output)}`);
}

/** Runs a command of the Prisma CLI for one database, offline. */
export async function runPrisma(
  name: DatabaseName,
  url: string,
  args: readonly string[],
): Promise<{ code: number; output: string }> {
  const cli = join(root, 'node_modules/prisma/build/index.js');
  const config = join('prisma', name, 'prisma.config.ts');
  const child = spawn(process.execPath, [cli, ...args, '--config', config], {
    cwd: root,
    env: {
      ...inheritedEnvironment(['PATH', 'HOME', 'TMPDIR']),
      [`${name.toUpperCase()}_DATABASE_URL`]: url,
      PRISMA_SCHEMA_ENGINE_BINARY: SCHEMA_ENGINE,
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  const code = await new Promise<number>((done, fail) => {
    child.once('close', (status) => done(status ?? 1));
    child.once('error', fail);
  });
  return { code, output };
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
  const folder = join(root, 'prisma', name, 'migrations');
  const entries = await readdir(folder, { withFileTypes: true });
  const migrations = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    migrations.map(async (migration) => {
      const script = await readFile(join(folder, migration, 'migration.sql'));
      return { name: migration, checksum: createHash('sha256').update(script).digest('hex') };
    }),
  );
}

function lastWords(output: string): string {
  const lines = output.split('\n').map((line) => line.trim());
  return lines
    .filter((line) => line !== '')
    .slice(-12)
    .join('\n');
}
