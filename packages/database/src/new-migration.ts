import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { missingMigration } from './drift.ts';
import { startEmbeddedPostgres } from './embedded.ts';
import type { DatabaseName } from './names.ts';
import { prismaFolder } from './prisma-cli.ts';

/**
 * Writes the migration that leads from a database's migrations to its schema.prisma, and returns its file; undefined when
 * there is nothing to do. Uses a server of its own for the comparison, so it needs and touches no database.
 */
export async function writeNewMigration(name: DatabaseName, title: string, now: Date): Promise<string | undefined> {
  const script = await withThrowawayServer((url) => missingMigration(name, url));
  if (script === undefined) return undefined;
  // Prisma's own naming: UTC to the second, so that names sort in the order of time.
  const stamp = now.toISOString().replace(/\D/g, '').slice(0, 14);
  const folder = join(prismaFolder(name), 'migrations', `${stamp}_${title}`);
  await mkdir(folder);
  const file = join(folder, 'migration.sql');
  await writeFile(file, script);
  return file;
}

async function withThrowawayServer<T>(act: (url: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'entrepot-migration-'));
  try {
    const server = await startEmbeddedPostgres({ dataDir: join(folder, 'data'), port: 0, throwaway: true });
    try {
      return await act(server.url('postgres'));
    } finally {
      await server.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
