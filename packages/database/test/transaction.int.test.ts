import { once } from 'node:events';
import { createConnection, createServer, type Socket } from 'node:net';
import { createTestDatabase, type TestDatabase } from '@entrepot/testing/test-database';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type SqlExecutor, withTransaction } from '../src/transaction.ts';

let database: TestDatabase;
let pool: pg.Pool;
let releases = 0;

beforeAll(async () => {
  database = await createTestDatabase('empty');
  pool = new pg.Pool({ connectionString: database.url, max: 4 });
  pool.on('release', () => releases++);
  pool.on('error', () => {});
  await pool.query('CREATE TABLE counter (id text PRIMARY KEY, value int NOT NULL)');
});
beforeEach(async () => {
  await pool.query(`TRUNCATE counter; INSERT INTO counter VALUES ('a', 0), ('b', 0)`);
  releases = 0;
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const add = (tx: SqlExecutor, id: string, amount = 1) =>
  tx.query('UPDATE counter SET value = value + $2 WHERE id = $1', [id, amount]);
const count = async (id: string) => (await pool.query('SELECT value FROM counter WHERE id = $1', [id])).rows[0]?.value;
const connections = async () => {
  const { rows } = await pool.query(
    `SELECT count(*)::int AS open FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'`,
  );
  return { waiting: pool.waitingCount, inUse: pool.totalCount - pool.idleCount, inTransaction: rows[0].open };
};
const nothingHeld = { waiting: 0, inUse: 0, inTransaction: 0 };

/** Lets several runs meet at a point: all go on once `count` of them are there. */
function meeting(count: number): () => Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let arrived = 0;
  return () => {
    if (++arrived === count) resolve();
    return promise;
  };
}

it('commits what it did when it resolves, and gives its result', async () => {
  const result = await withTransaction(pool, async (tx) => {
    expect(await add(tx, 'a')).toMatchObject({ rowCount: 1 });
    return 'done';
  });
  expect(result).toBe('done');
  expect(await count('a')).toBe(1);
});

it('takes everything back when it throws, and throws the same', async () => {
  const failure = new Error('no');
  const running = withTransaction(pool, async (tx) => {
    await add(tx, 'a');
    throw failure;
  });
  await expect(running).rejects.toBe(failure);
  expect(await count('a')).toBe(0);
  expect(await connections()).toEqual(nothingHeld);
});

it('takes everything back when a statement fails, although the error was swallowed', async () => {
  const running = withTransaction(pool, async (tx) => {
    await add(tx, 'a');
    await tx.query('SELECT 1 / 0').catch(() => {});
  });
  await expect(running).rejects.toMatchObject({ code: '22012' });
  expect(await count('a')).toBe(0);
});

it('gives its connection back exactly once, committed or not', async () => {
  await withTransaction(pool, (tx) => add(tx, 'a'));
  expect(releases).toBe(1);
  await withTransaction(pool, (tx) => tx.query('SELECT 1 / 0')).catch(() => {});
  expect(releases).toBe(2);
});

it('leaves no connection behind, however many transactions fail in whatever way', async () => {
  const reject = () => Promise.reject(new Error('no'));
  const waysToFail = [
    (tx: SqlExecutor) => tx.query('SELECT 1 / 0'),
    (tx: SqlExecutor) => tx.query('not sql'),
    (tx: SqlExecutor) => tx.query('SELECT pg_terminate_backend(pg_backend_pid())'),
    reject,
    (tx: SqlExecutor) => tx.query('SELECT pg_sleep(10)'),
  ];
  const outcomes = await Promise.allSettled(
    Array.from({ length: 25 }, (_, index) =>
      withTransaction(pool, waysToFail[index % waysToFail.length] ?? reject, { timeoutMs: 200 }),
    ),
  );
  expect(outcomes.map(({ status }) => status)).toEqual(Array(25).fill('rejected'));
  expect(await connections()).toEqual(nothingHeld);
  await withTransaction(pool, (tx) => add(tx, 'a'));
  expect(await count('a')).toBe(1);
});

describe('when the server asks to run a transaction again', () => {
  it('runs it again after a serialization failure', async () => {
    const bothHaveRead = meeting(2);
    let runs = 0;
    const increment = () =>
      withTransaction(
        pool,
        async (tx) => {
          const isFirst = ++runs <= 2;
          const { rows } = await tx.query<{ value: number }>(`SELECT value FROM counter WHERE id = 'a'`);
          if (isFirst) await bothHaveRead();
          await tx.query(`UPDATE counter SET value = $1 WHERE id = 'a'`, [(rows[0]?.value ?? 0) + 1]);
        },
        { isolation: 'SERIALIZABLE' },
      );
    await Promise.all([increment(), increment()]);
    // Both have read 0: without the second run of one of them an increment would be lost.
    expect({ runs, value: await count('a') }).toEqual({ runs: 3, value: 2 });
    expect(releases).toBeGreaterThanOrEqual(3);
  });

  it('runs the victim of a deadlock again', async () => {
    const bothHoldOne = meeting(2);
    let runs = 0;
    const both = (first: string, second: string) =>
      withTransaction(pool, async (tx) => {
        const isFirst = ++runs <= 2;
        await add(tx, first);
        if (isFirst) await bothHoldOne();
        await add(tx, second);
      });
    await Promise.all([both('a', 'b'), both('b', 'a')]);
    expect({ runs, a: await count('a'), b: await count('b') }).toEqual({ runs: 3, a: 2, b: 2 });
  });

  it('gives up after as many attempts as it was allowed, with the server’s own error', async () => {
    let runs = 0;
    const running = withTransaction(
      pool,
      async (tx) => {
        runs++;
        await tx.query(`DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40001'; END $$`);
      },
      { attempts: 3 },
    );
    await expect(running).rejects.toMatchObject({ code: '40001' });
    expect(runs).toBe(3);
    expect(await connections()).toEqual(nothingHeld);
  });
});

describe('a transaction that takes too long', () => {
  it('is ended by the server and leaves nothing behind, while it waits for a statement', async () => {
    const running = withTransaction(
      pool,
      async (tx) => {
        await add(tx, 'a');
        await tx.query('SELECT pg_sleep(10)');
      },
      { timeoutMs: 150 },
    );
    await expect(running).rejects.toMatchObject({ code: '25P04' });
    expect(await count('a')).toBe(0);
    expect(await connections()).toEqual(nothingHeld);
  });

  it('is ended by the server and leaves nothing behind, while it waits for us', async () => {
    const running = withTransaction(
      pool,
      async (tx) => {
        await add(tx, 'a');
        await connectionIsLost(tx);
        await add(tx, 'a');
      },
      { timeoutMs: 150 },
    );
    await expect(running).rejects.toThrow();
    expect(await count('a')).toBe(0);
    // The lock went with the transaction: another does not wait for it.
    await withTransaction(pool, (tx) => add(tx, 'a', 5), { timeoutMs: 1_000 });
    expect(await count('a')).toBe(5);
    expect(await connections()).toEqual(nothingHeld);
  });
});

it.each([
  [
    'before a statement',
    {},
    async (tx: SqlExecutor, gate: { close(): void }) => {
      gate.close();
      await add(tx, 'a');
    },
  ],
  [
    'after an error',
    { code: '22012' },
    (tx: SqlExecutor, gate: { close(): void }) =>
      tx.query('SELECT 1 / 0').catch((error: unknown) => {
        gate.close();
        throw error;
      }),
  ],
])('is given up by us when the server falls silent %s, and its connection is closed', async (_, error, fallSilent) => {
  const gate = await startGate(database.url);
  const behind = new pg.Pool({ connectionString: gate.url, max: 1 });
  behind.on('error', () => {});
  const running = withTransaction(
    behind,
    async (tx) => {
      await add(tx, 'a');
      await fallSilent(tx, gate);
    },
    { timeoutMs: 1_000 },
  );
  await expect(running).rejects.toMatchObject(error);
  expect(gate.isClosed()).toBe(true);
  expect(behind.totalCount).toBe(0);
  await gate.stop();
  await behind.end();
  await expect.poll(() => connections()).toEqual(nothingHeld);
  expect(await count('a')).toBe(0);
});

/** A door to the server: once closed, nothing passes in either direction, and nobody is told. */
async function startGate(url: string) {
  const door = new URL(url);
  const database = { host: door.hostname, port: Number(door.port) };
  const sockets: Socket[] = [];
  let isClosed = false;
  const server = createServer((client) => {
    const upstream = createConnection(database);
    sockets.push(client, upstream);
    for (const socket of [client, upstream]) socket.on('error', () => {});
    client.pipe(upstream).pipe(client);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  door.port = String(typeof address === 'object' ? address?.port : 0);
  return {
    url: door.href,
    isClosed: () => isClosed,
    close: () => {
      isClosed = true;
      for (const socket of sockets) socket.unpipe().pause();
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Waits, without using the transaction, until the server has ended it. */
async function connectionIsLost(tx: SqlExecutor): Promise<void> {
  const { rows } = await tx.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  for (;;) {
    const found = await pool.query('SELECT FROM pg_stat_activity WHERE pid = $1', [rows[0]?.pid]);
    if (found.rowCount === 0) return;
  }
}
