import { createTestDatabase, type TestDatabase } from '@entrepot/testing/test-database';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { missingMigration } from '../src/drift.ts';
import { databaseOf, withDatabase } from '../src/ensure-database.ts';
import { migrate } from '../src/migrate.ts';
import { DATABASES } from '../src/names.ts';
import { runPrisma } from '../src/prisma-cli.ts';

let empty: TestDatabase;
beforeAll(async () => {
  empty = await createTestDatabase('empty');
});
afterAll(() => empty.drop());

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

describe.each(DATABASES)('the database of %s', (name) => {
  it('is what its schema.prisma says once all its migrations are applied', async () => {
    expect(await missingMigration(name, empty.url)).toBeUndefined();
    // Nothing is left of the shadow database.
    expect(
      await query(empty.url, `SELECT datname FROM pg_database WHERE datname LIKE 'prisma_migrate_shadow%'`),
    ).toEqual([]);
  });

  it('is known to Prisma as up to date', async () => {
    const { url, drop } = await createTestDatabase(name);
    const { code, output } = await runPrisma(name, url, ['migrate', 'status']);
    expect({ code, output }).toMatchObject({ code: 0 });
    await drop();
  });
});

it('makes databases that are missing, three at a time, and finds at once that there is nothing to do', async () => {
  const urls = DATABASES.map((name) => ({ name, url: withDatabase(empty.url, `${databaseOf(empty.url)}_${name}`) }));
  await Promise.all(urls.map(migrate));
  // The fastest of several, because other programs use the machine too. The CLI alone takes ten times as long.
  const times: number[] = [];
  for (const database of [...urls, ...urls]) {
    const began = performance.now();
    await migrate(database);
    times.push(performance.now() - began);
  }
  expect(Math.min(...times)).toBeLessThan(100);
  for (const { url } of urls) await query(empty.url, `DROP DATABASE "${databaseOf(url)}" WITH (FORCE)`);
});
