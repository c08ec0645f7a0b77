import { randomUUID } from 'node:crypto';
import { PrismaPg } from '@prisma/adapter-pg';
import type { SqlDriverAdapter, SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils';
import pg from 'pg';
import { withDatabase } from '../ensure-database.ts';

/** PostgreSQL's "char", a byte of its catalogue tables; the adapter knows it as text only. */
const CHAR_OID = 18;
const TEXT_OID = 25;

/**
 * Connects the schema engine to PostgreSQL, mending what `@prisma/adapter-pg` 7.10 does not do for migrations: it refuses
 * "char" columns, splits scripts at every semicolon (which cuts function bodies), and keeps its shadow database open while dropping it.
 */
export function migrationAdapter(url: string): SqlMigrationAwareDriverAdapterFactory {
  return {
    provider: 'postgres',
    adapterName: '@prisma/adapter-pg',
    connect: () => open(url),
    async connectToShadowDb() {
      const name = `prisma_migrate_shadow_${randomUUID()}`;
      await onServer(url, `CREATE DATABASE "${name}"`);
      const shadow = await open(withDatabase(url, name));
      const closePool = shadow.dispose.bind(shadow);
      return extend(shadow, {
        dispose: async () => {
          await closePool();
          await onServer(url, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
        },
      });
    },
  };
}

async function open(url: string): Promise<SqlDriverAdapter> {
  const pool = new pg.Pool({ connectionString: url, max: 1, allowExitOnIdle: true });
  readCharAsText(pool);
  pool.on('connect', readCharAsText);
  const adapter = await new PrismaPg(pool, { disposeExternalPool: true }).connect();
  return extend(adapter, {
    // One simple query: PostgreSQL itself finds where statements end.
    executeScript: async (script: string) => {
      await pool.query(script);
    },
  });
}

function readCharAsText(on: pg.Pool | pg.PoolClient): void {
  const query = on.query;
  Object.defineProperty(on, 'query', {
    // The adapter uses promises; a pool speaks to its own clients by callback, and passes through unchanged.
    async value(...args: unknown[]) {
      const result: unknown = await Reflect.apply(query, on, args);
      if (typeof result === 'object' && result !== null && 'fields' in result && Array.isArray(result.fields)) {
        for (const field of result.fields) if (field.dataTypeID === CHAR_OID) field.dataTypeID = TEXT_OID;
      }
      return result;
    },
  });
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
