import { join } from 'node:path';
import type { DatabaseName } from './names.ts';
import { lastWords, prismaFolder, runPrisma } from './prisma-cli.ts';

/** What `prisma migrate diff --exit-code` answers. */
const SAME = 0;
const DIFFERENT = 2;

/**
 * The SQL that leads from a database's migrations to its schema.prisma; undefined when they agree. Works on a shadow
 * database that it makes, and drops, on the server that `url` names.
 */
export async function missingMigration(name: DatabaseName, url: string): Promise<string | undefined> {
  const folder = prismaFolder(name);
  const ends = ['--from-migrations', join(folder, 'migrations'), '--to-schema', join(folder, 'schema.prisma')];
  const run = await runPrisma(name, url, ['migrate', 'diff', ...ends, '--script', '--exit-code']);
  if (run.code === SAME) return undefined;
  if (run.code === DIFFERENT) return run.stdout;
  throw new Error(`cannot compare the migrations of ${name} with its schema: ${lastWords(run)}`);
}
