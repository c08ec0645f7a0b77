import { createLogger } from '@entrepot/telemetry/logger';
import { createRegistry } from '@entrepot/telemetry/metrics';
import { createTestDatabase, type TestDatabase } from '@entrepot/testing/test-database';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { connect } from '../src/database.ts';
import { poolExecutor, withTransaction } from '../src/transaction.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase('empty');
});
afterAll(() => database.drop());

function open({ url = database.url, poolSize = 3 } = {}) {
  const registry = createRegistry('test');
  const logger = createLogger({ service: 'test', level: 'silent' });
  const opened = connect({ url, poolSize, applicationName: 'test', logger, registry });
  onTestFinished(() => opened.close());
  const valueIn = async (name: string, labels: object = {}): Promise<number | string | undefined> => {
    const metric = await registry.getSingleMetric(name)?.get();
    return metric?.values.find((value) =>
      Object.entries(labels).every(([key, is]) => Reflect.get(value.labels, key) === is),
    )?.value;
  };
  const statementsOf = async (act: () => Promise<unknown>) => {
    const before = Number(await valueIn('db_statements_total'));
    await act();
    return Number(await valueIn('db_statements_total')) - before;
  };
  return { ...opened, registry, valueIn, statementsOf };
}

const one = { sql: 'SELECT 1 AS one', args: [], argTypes: [] };

it('counts every statement once, whoever sends it', async () => {
  const { pool, adapter, statementsOf } = open();
  expect(await statementsOf(() => pool.query('SELECT 1'))).toBe(1);
  expect(await statementsOf(() => poolExecutor(pool).query('SELECT $1::int', [1]))).toBe(1);
  // BEGIN, the statement, COMMIT.
  expect(await statementsOf(() => withTransaction(pool, (tx) => tx.query('SELECT 1')))).toBe(3);

  const prisma = await adapter.connect();
  expect(await statementsOf(() => prisma.queryRaw(one))).toBe(1);
  const inTransaction = async () => {
    const tx = await prisma.startTransaction();
    await tx.queryRaw(one);
    await tx.commit();
  };
  // The adapter sends BEGIN by itself and leaves COMMIT to Prisma.
  expect(await statementsOf(inTransaction)).toBe(2);
});

it('times what it counts, failures too', async () => {
  const { pool, registry } = open();
  await pool.query('SELECT 1');
  await pool.query('SELECT 1 / 0').catch(() => {});
  expect(await registry.metrics()).toMatch(/^db_statement_duration_seconds_count\{[^}]*\} 2$/m);
});

it('shows its pool: in use, idle, waiting', async () => {
  const { pool, valueIn } = open({ poolSize: 1 });
  const client = await pool.connect();
  const waiting = pool.query('SELECT 1');
  const state = async (name: string) => valueIn('db_pool_connections', { state: name });
  expect([await state('in_use'), await state('idle'), await state('waiting')]).toEqual([1, 0, 1]);
  client.release();
  await waiting;
  expect([await state('in_use'), await state('idle'), await state('waiting')]).toEqual([0, 1, 0]);
});

it('lets Prisma give back what it took from the pool', async () => {
  const { pool, adapter } = open({ poolSize: 1 });
  const prisma = await adapter.connect();
  for (const end of ['commit', 'rollback'] as const) {
    const tx = await prisma.startTransaction();
    await tx[end]();
  }
  expect(pool.idleCount).toBe(pool.totalCount);
});

it('survives the loss of an idle connection', async () => {
  const { pool } = open({ poolSize: 2 });
  const client = await pool.connect();
  const other = await pool.connect();
  const { rows } = await other.query('SELECT pg_backend_pid() AS pid');
  other.release();
  await client.query('SELECT pg_terminate_backend($1)', [rows[0].pid]);
  client.release();
  await expect.poll(() => pool.totalCount).toBe(1);
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
});

it('needs no server to be opened, and tells of one that is missing when it is asked', async () => {
  const { pool } = open({ url: 'postgres://nobody:x@127.0.0.1:1/none' });
  await expect(pool.query('SELECT 1')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});
