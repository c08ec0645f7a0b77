import { randomUUID } from 'node:crypto';
import { PrismaPg } from '@prisma/adapter-pg';
import {
  ColumnTypeEnum,
  DriverAdapterError,
  type SqlDriverAdapter,
  type SqlMigrationAwareDriverAdapterFactory,
} from '@prisma/driver-adapter-utils';
import pg from 'pg';
import { withDatabase } from '../ensure-database.ts';

/** PostgreSQL's "char", a byte of its catalogue tables. The engine wants it as a character, the adapter does not know it. */
const CHAR_OID = 18;
const TEXT_OID = 25;

export type MigrationAdapter = { factory: SqlMigrationAwareDriverAdapterFactory; dropShadows(): Promise<void> };

/**
 * Connects the schema engine to PostgreSQL, mending what `@prisma/adapter-pg` 7.10 does not do for migrations: it refuses
 * "char" columns, splits scripts at every semicolon (which cuts function bodies), and keeps its shadow database open while dropping it.
 */
export function migrationAdapter(url: string): MigrationAdapter {
  // An engine that broke forgets its shadow database; we do not.
  const shadows = new Set<() => Promise<void>>();
  const dropShadows = async () => {
    await Promise.all([...shadows].map((drop) => drop()));
  };
  const factory: SqlMigrationAwareDriverAdapterFactory = {
    provider: 'postgres',
    adapterName: '@prisma/adapter-pg',
    connect: () => open(url),
    async connectToShadowDb() {
      const name = `prisma_migrate_shadow_${randomUUID()}`;
      await onServer(url, `CREATE DATABASE "${name}"`);
      const shadow = await open(withDatabase(url, name));
      const closePool = shadow.dispose.bind(shadow);
      const dispose = async () => {
        if (!shadows.delete(dispose)) return;
        await closePool();
        await onServer(url, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
      };
      shadows.add(dispose);
      return extend(shadow, { dispose });
    },
  };
  return { factory, dropShadows };
}

async function open(url: string): Promise<SqlDriverAdapter> {
  const pool = new pg.Pool({ connectionString: url, max: 1, allowExitOnIdle: true });
  const charColumns = admitChars(pool);
  const adapter = await new PrismaPg(pool, { disposeExternalPool: true }).connect();
  const queryRaw = adapter.queryRaw.bind(adapter);
  return extend(adapter, {
    queryRaw: async (query) => {
      const result = await queryRaw(query);
      for (const column of charColumns.get(result.rows) ?? []) result.columnTypes[column] = ColumnTypeEnum.Character;
      return result;
    },
    // One simple query: PostgreSQL itself finds where statements end.
    executeScript: async (script: string) => {
      await pool.query(script).catch(throwAsAdapter);
    },
  });
}

/** Lets "char" columns pass through the adapter as text, and tells by a result's rows which columns they were. */
function admitChars(pool: pg.Pool): WeakMap<object, readonly number[]> {
  const found = new WeakMap<object, readonly number[]>();
  const query = pool.query;
  Object.defineProperty(pool, 'query', {
    async value(...args: unknown[]) {
      const result: pg.QueryResult = await Reflect.apply(query, pool, args);
      // A script of several statements has several results, of no use to anybody.
      if (Array.isArray(result)) return result;
      const chars = result.fields.filter(({ dataTypeID }) => dataTypeID === CHAR_OID);
      const columns = chars.map((field) => result.fields.indexOf(field));
      for (const field of chars) field.dataTypeID = TEXT_OID;
      found.set(result.rows, columns);
      return result;
    },
  });
  return found;
}

/** The adapter's own form of an error, which the engine takes apart to tell which migration failed and why. */
function throwAsAdapter(error: unknown): never {
  if (!(error instanceof pg.DatabaseError)) throw error;
  const { code = '', severity = 'ERROR', message, detail, column, hint } = error;
  const original = { originalCode: code, originalMessage: message };
  throw new DriverAdapterError({ kind: 'postgres', code, severity, message, detail, column, hint, ...original });
}

/** The adapter with some methods replaced; the engine calls methods by name on one object. */
function extend(adapter: SqlDriverAdapter, over: Partial<SqlDriverAdapter>): SqlDriverAdapter {
  return Object.assign(adapter, over);
}

async function onServer(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
