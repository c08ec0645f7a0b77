import pg from 'pg';
import { expect, it } from 'vitest';
import { createTestDatabase } from '../src/test-database.ts';

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

it('gives each caller a migrated database of its own, also when all ask at once', async () => {
  const databases = await Promise.all([1, 2, 3].map(() => createTestDatabase('orders')));
  const [first, second] = databases;
  await ask(first?.url ?? '', 'CREATE TABLE only_here ()');
  expect(
    await ask(second?.url ?? '', `SELECT to_regclass('only_here') AS it, to_regclass('outbox')::text AS outbox`),
  ).toEqual([{ it: null, outbox: 'outbox' }]);
  await Promise.all(databases.map((database) => database.drop()));
  await expect(ask(first?.url ?? '', 'SELECT 1')).rejects.toMatchObject({ code: '3D000' });
});

it('gives an empty database', async () => {
  const { url, drop } = await createTestDatabase('empty');
  expect(await ask(url, `SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace`)).toEqual([]);
  await drop();
});
