import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { createTestDatabase } from '@entrepot/testing/test-database';
import pg from 'pg';
import { expect, it } from 'vitest';
import { withDatabase } from '../src/ensure-database.ts';
import { migrate } from '../src/migrate.ts';

const root = resolve(import.meta.dirname, '../../..');

async function run(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number; output: string }> {
  const command = join(root, 'packages/database/src/migrate-command.ts');
  const child = spawn(process.execPath, [command, ...args], {
    cwd: root,
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const [code] = await once(child, 'close');
  return { code: Number(code), output };
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

it('brings the databases that it is told of up to date, and making them is part of it', async () => {
  const { url, drop } = await createTestDatabase('empty');
  const missing = withDatabase(url, `missing_${process.pid}`);
  expect(await run(['orders'], { ORDERS_DATABASE_URL: missing })).toEqual({
    code: 0,
    output: 'orders is up to date\n',
  });
  await query(url, `DROP DATABASE missing_${process.pid}`);
  await drop();
});

it('migrates one database once, however many replicas begin at the same moment', async () => {
  const { url, drop } = await createTestDatabase('empty');
  await Promise.all([1, 2, 3].map(() => migrate({ name: 'users', url })));
  const applied = await query(url, 'SELECT migration_name FROM _prisma_migrations');
  expect(new Set(applied.map((row) => row.migration_name)).size).toBe(applied.length);
  await drop();
});

it('tells which addresses it lacks, and how it is used', async () => {
  const { code, output } = await run([], { USERS_DATABASE_URL: 'postgres://a@b/c' });
  expect({ code, output }).toEqual({
    code: 1,
    output: expect.stringMatching(/^set PRODUCTS_DATABASE_URL, ORDERS_DATABASE_URL: .*\n$/),
  });
  for (const args of [['payments'], ['new'], ['new', 'orders'], ['new', 'orders', 'No Title']]) {
    expect(await run(args)).toEqual({
      code: 1,
      output: expect.stringContaining('npm run migrate -- new orders a_title'),
    });
  }
});

it('writes no migration when the migrations lead to the schema', async () => {
  expect(await run(['new', 'users', 'nothing'])).toEqual({ code: 0, output: expect.stringContaining('nothing to do') });
});
