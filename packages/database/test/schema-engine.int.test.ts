import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { createTestDatabase, type TestDatabase } from '@entrepot/testing/test-database';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SCHEMA_ENGINE } from '../src/prisma-cli.ts';

const root = resolve(import.meta.dirname, '../../..');

let database: TestDatabase;
let folder: string;

beforeEach(async () => {
  database = await createTestDatabase('empty');
  folder = await mkdtemp(join(tmpdir(), 'entrepot-prisma-'));
  await writeFile(
    join(folder, 'prisma.config.ts'),
    `export default { schema: 'schema.prisma', migrations: { path: 'migrations' }, datasource: { url: process.env.URL } };`,
  );
  await mkdir(join(folder, 'migrations'));
  await writeFile(join(folder, 'migrations/migration_lock.toml'), 'provider = "postgresql"\n');
});
afterEach(async () => {
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

/** Runs Prisma's CLI as a person does who has some other Node first on the PATH, or none. */
async function prisma(...args: string[]): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, [join(root, 'node_modules/prisma/build/index.js'), ...args], {
    cwd: folder,
    env: {
      PATH: '/usr/bin:/bin',
      HOME: folder,
      URL: database.url,
      PRISMA_SCHEMA_ENGINE_BINARY: SCHEMA_ENGINE,
      CHECKPOINT_DISABLE: '1',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const [code] = await once(child, 'close');
  return { code: Number(code), output };
}

async function writeSchema(...fields: string[]): Promise<void> {
  const block = (head: string, ...lines: string[]) => [`${head} {`, ...lines, '}'].join('\n');
  const generator = block('generator client', 'provider = "prisma-client"', 'output = "./client"');
  const model = block('model Thing', 'id Int @id', 'name String', ...fields);
  await writeFile(
    join(folder, 'schema.prisma'),
    [generator, block('datasource db', 'provider = "postgresql"'), model].join('\n'),
  );
}

async function writeMigration(name: string, sql: string): Promise<void> {
  await mkdir(join(folder, 'migrations', name));
  await writeFile(join(folder, 'migrations', name, 'migration.sql'), sql);
}

async function query(sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

const shadows = () => query(`SELECT datname FROM pg_database WHERE datname LIKE 'prisma_migrate_shadow%'`);
const drift = () =>
  prisma(
    'migrate',
    'diff',
    '--from-migrations',
    'migrations',
    '--to-schema',
    'schema.prisma',
    '--script',
    '--exit-code',
  );

/** What Prisma knows nothing of: a function whose body has semicolons and quotes, a trigger, a check, partitions. */
const thingSql = `CREATE TABLE "Thing" ("id" INT NOT NULL, "name" TEXT NOT NULL, CONSTRAINT "Thing_pkey" PRIMARY KEY ("id"), CHECK ("id" > 0))
  PARTITION BY RANGE ("id");
CREATE TABLE "Thing_few" PARTITION OF "Thing" FOR VALUES FROM (1) TO (100);
CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.name := upper(NEW.name) || ';'; -- a semicolon; and a quote's end
  RETURN NEW;
END
$$;
CREATE TRIGGER shout BEFORE INSERT ON "Thing" FOR EACH ROW EXECUTE FUNCTION shout();
`;

it('applies migrations whole, and finds that they lead to the schema', async () => {
  await writeSchema();
  await writeMigration('20260101000000_thing', thingSql);
  expect(await prisma('migrate', 'deploy')).toMatchObject({ code: 0 });
  expect(await query(`INSERT INTO "Thing" VALUES (1, 'loud') RETURNING name`)).toEqual([{ name: 'LOUD;' }]);
  expect(await prisma('migrate', 'status')).toMatchObject({ code: 0 });
  expect(await drift()).toMatchObject({ code: 0 });
  expect(await shadows()).toEqual([]);
});

it('finds what the migrations lack', async () => {
  await writeSchema('price Int');
  await writeMigration('20260101000000_thing', thingSql);
  const { code, output } = await drift();
  expect(code).toBe(2);
  expect(output).toContain('ALTER TABLE "Thing" ADD COLUMN     "price" INTEGER NOT NULL');
  expect(await shadows()).toEqual([]);
});

it('writes a migration for what has changed', async () => {
  await writeSchema();
  const { code, output } = await prisma('migrate', 'dev', '--name', 'thing');
  expect({ code, output }).toMatchObject({ code: 0 });
  expect(await readdir(join(folder, 'migrations'))).toContainEqual(expect.stringMatching(/^\d{14}_thing$/));
  expect(await query(`SELECT count(*)::int AS count FROM "Thing"`)).toEqual([{ count: 0 }]);
  expect(await shadows()).toEqual([]);
});

describe('a migration that fails', () => {
  it('is told in PostgreSQL’s words, and leaves nothing of itself', async () => {
    await writeSchema();
    await writeMigration('20260101000000_thing', `CREATE TABLE half (); SELECT 1 / 0; CREATE TABLE other ();`);
    const { code, output } = await prisma('migrate', 'deploy');
    expect(code).toBe(1);
    expect(output).toContain('division by zero');
    expect(output).toContain('20260101000000_thing');
    expect(await query(`SELECT to_regclass('half') AS half, to_regclass('other') AS other`)).toEqual([
      { half: null, other: null },
    ]);
  });

  it('leaves no shadow database either', async () => {
    await writeSchema();
    await writeMigration('20260101000000_thing', 'SELECT 1 / 0;');
    expect(await drift()).toMatchObject({ code: 1, output: expect.stringContaining('division by zero') });
    expect(await shadows()).toEqual([]);
  });
});

it('says in one line what keeps it from the database', async () => {
  await writeSchema();
  await writeMigration('20260101000000_thing', thingSql);
  const url = new URL(database.url);
  url.port = '1';
  const { url: reachable } = database;
  database.url = url.href;
  const { code, output } = await prisma('migrate', 'deploy');
  database.url = reachable;
  expect({ code, output }).toMatchObject({ code: 1, output: expect.stringMatching(/127\.0\.0\.1:1/) });
});

describe('the engine by itself', () => {
  async function ask(
    message: object,
    args: readonly string[] = ['--datasource', JSON.stringify({ url: database.url })],
  ) {
    const child = spawn(SCHEMA_ENGINE, args, { stdio: ['pipe', 'pipe', 'ignore'], env: { PATH: '/usr/bin:/bin' } });
    child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id: 7, ...message })}\n`);
    const [line] = await once(createInterface({ input: child.stdout }), 'line');
    child.stdin.end();
    const [code] = await once(child, 'exit');
    return { answer: JSON.parse(String(line)), code };
  }

  it('answers and ends with its input', async () => {
    const { answer, code } = await ask({
      method: 'getDatabaseVersion',
      params: { datasource: { tag: 'ConnectionString', url: database.url } },
    });
    expect(answer).toMatchObject({ id: 7, result: expect.stringContaining('PostgreSQL 18') });
    expect(code).toBe(0);
  });

  it('refuses a method that it does not have, and a call without a database', async () => {
    expect(await ask({ method: 'fly', params: {} })).toMatchObject({
      answer: { error: { message: expect.stringContaining('fly') } },
    });
    expect(await ask({ method: 'getDatabaseVersion' }, [])).toMatchObject({
      answer: { error: { message: expect.stringContaining('DATABASE_URL') } },
    });
  });

  it('answers also when it breaks, with its last words', async () => {
    const { answer } = await ask({ method: 'applyMigrations', params: { migrationsList: 'nonsense' } });
    expect(answer).toMatchObject({ id: 7, error: { message: expect.any(String) } });
  });
});
