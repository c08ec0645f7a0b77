import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../src/embedded.ts';
import { commandLineOf } from '../src/programs.ts';

const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;

let folder: string;
let dataDir: string;
let running: { stop(): Promise<void> }[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'entrepot-embedded-'));
  dataDir = join(folder, 'data');
  running = [];
});
afterEach(async () => {
  await Promise.all(running.map((server) => server.stop()));
  await chmod(folder, 0o700);
  await rm(folder, { recursive: true, force: true });
});

async function startHere(options: { port?: number; throwaway?: boolean } = {}): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir, port: 0, ...options });
  running.push(server);
  return server;
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

type Launched = { child: ChildProcess; pid: number; url: string; error?: string };

/** Starts PostgreSQL by a process of its own, as an ordinary user also when we are root. */
async function launch(as: { uid?: number; gid?: number } = {}): Promise<Launched> {
  const launcher = join(import.meta.dirname, 'launcher.ts');
  const child = spawn(process.execPath, [launcher, dataDir], { ...as, stdio: ['pipe', 'pipe', 'inherit'] });
  running.push({
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.stdin.end();
      await once(child, 'exit');
    },
  });
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  return { child, ...JSON.parse(String(line)) };
}

const isAlive = async (pid: number) => (await commandLineOf(pid))?.includes('postgres') === true;

it('keeps its data, and what it was asked to keep safe, from one start to the next', async () => {
  const first = await startHere();
  const settings = `SELECT name, setting FROM pg_settings
    WHERE name IN ('synchronous_commit', 'fsync', 'full_page_writes', 'listen_addresses', 'server_version_num') ORDER BY name`;
  expect(await query(first.url('postgres'), settings)).toEqual([
    { name: 'fsync', setting: 'on' },
    { name: 'full_page_writes', setting: 'on' },
    { name: 'listen_addresses', setting: '127.0.0.1' },
    { name: 'server_version_num', setting: expect.stringMatching(/^18/) },
    { name: 'synchronous_commit', setting: 'on' },
  ]);
  await query(first.url('postgres'), 'CREATE TABLE kept AS SELECT 42 AS answer');
  await first.stop();
  expect(existsSync(join(dataDir, 'postmaster.pid'))).toBe(false);

  const second = await startHere();
  expect(await query(second.url('postgres'), 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
});

it('lets nobody in without its password, which only its owner can read', async () => {
  const server = await startHere({ throwaway: true });
  await expect(query(server.url('postgres').replace(/:[^:@]+@/, ':wrong@'), 'SELECT 1')).rejects.toMatchObject({
    code: '28P01',
  });
  expect((await stat(`${dataDir}.password`)).mode & 0o777).toBe(0o600);
  expect((await stat(dataDir)).mode & 0o777).toBe(0o700);
});

it('starts on what a crash of the server left, with all that was committed', async () => {
  const first = await startHere();
  await query(first.url('postgres'), 'CREATE TABLE kept AS SELECT 42 AS answer');
  process.kill(first.pid, 'SIGKILL');
  await first.ended;
  expect(existsSync(join(dataDir, 'postmaster.pid'))).toBe(true);

  const second = await startHere({ throwaway: true });
  expect(await query(second.url('postgres'), 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
});

it('starts although the number of a crashed server has gone to another process', async () => {
  const first = await startHere({ throwaway: true });
  await first.stop();
  await writeFile(join(dataDir, 'postmaster.pid'), `${process.pid}\n${dataDir}\n`);
  const second = await startHere({ throwaway: true });
  expect(second.pid).not.toBe(process.pid);
});

it('ends with its launcher, even when that is killed, and starts again at once', async () => {
  const { child, pid } = await launch();
  expect(await isAlive(pid)).toBe(true);
  child.kill('SIGKILL');
  // While the first is still ending, the second waits for it.
  const second = await startHere({ throwaway: true });
  expect(await isAlive(pid)).toBe(false);
  expect(await query(second.url('postgres'), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
});

it('runs as an ordinary user as well as under root', async () => {
  if (isRoot) await chown(folder, NOBODY, NOBODY);
  const { pid, url, error } = await launch(isRoot ? { uid: NOBODY, gid: NOBODY } : {});
  expect(error).toBeUndefined();
  expect(await query(url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  expect((await stat(`/proc/${pid}`).catch(() => stat(dataDir))).uid).not.toBe(0);
});

it.runIf(isRoot)('runs under root as the owner of a folder that a person has made', async () => {
  // `daemon`: PostgreSQL wants its user to have a name.
  const person = 1;
  await chown(folder, person, person);
  const { child, error } = await launch({ uid: person, gid: person });
  expect(error).toBeUndefined();
  child.stdin?.end();
  await once(child, 'exit');
  await startHere({ throwaway: true });
  expect((await stat(join(dataDir, 'postmaster.pid'))).uid).toBe(person);
});

it('builds its folder anew when its first start was interrupted', async () => {
  await mkdir(`${dataDir}.unfinished`);
  await writeFile(`${dataDir}.password`, 'of the interrupted start\n');
  const server = await startHere({ throwaway: true });
  expect(await query(server.url('postgres'), 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  expect(existsSync(`${dataDir}.unfinished`)).toBe(false);
});

it('refuses, in one sentence that tells what to do', async () => {
  const sentence = async (options: { port?: number } = {}) => {
    const error: unknown = await startHere({ throwaway: true, ...options }).catch((reason: unknown) => reason);
    const message = error instanceof Error ? error.message : 'it has started';
    expect(message).not.toContain('\n');
    return message;
  };
  // A folder that is not ours stays as it is.
  await mkdir(dataDir);
  await writeFile(join(dataDir, 'thesis.txt'), 'the only copy');
  expect(await sentence()).toContain('DATA_DIR');
  expect(await readFile(join(dataDir, 'thesis.txt'), 'utf8')).toBe('the only copy');
  await rm(dataDir, { recursive: true });

  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const address = other.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  expect(await sentence({ port })).toMatch(new RegExp(`port ${port}.*POSTGRES_PORT`));
  other.close();
  await rm(dataDir, { recursive: true });

  await chmod(folder, 0o555);
  const { error } = await launch(isRoot ? { uid: NOBODY, gid: NOBODY } : {});
  expect(error).toContain('DATA_DIR');
  expect(error).not.toContain('\n');
});
