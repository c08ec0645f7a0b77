import { readdir } from 'node:fs/promises';
import { Fault } from '@entrepot/kernel/fault';

type Queryable = { query(text: string): Promise<{ rows: { migration_name: string }[] }> };

const folder = new URL('../../../prisma/', import.meta.url);

/** A readiness check: whether the database has every migration of `prisma/<name>` that this release came with. */
export function migrationsApplied(name: string, database: Queryable): () => Promise<void> {
  let isCurrent = false;
  return async () => {
    // Migrations are never taken back, so once is enough.
    if (isCurrent) return;
    const entries = await readdir(new URL(`${name}/migrations/`, folder), { withFileTypes: true });
    const wanted = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
    const applied = new Set(await readApplied(database));
    const missing = wanted.filter((migration) => !applied.has(migration));
    if (missing.length > 0) throw new Fault('UNAVAILABLE', `${missing.length} of ${wanted.length} are missing`);
    isCurrent = true;
  };
}

async function readApplied(database: Queryable): Promise<string[]> {
  try {
    const { rows } = await database.query(
      'SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
    );
    return rows.map((row) => row.migration_name);
  } catch (error) {
    // undefined_table: nobody has migrated this database yet.
    if (error instanceof Error && 'code' in error && error.code === '42P01') return [];
    throw error;
  }
}
