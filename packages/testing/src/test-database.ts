import { randomBytes } from 'node:crypto';
import { withDatabase } from '@entrepot/database/ensure-database';
import { type DatabaseName, migrate } from '@entrepot/database/migrate';
import pg from 'pg';
import { serverFor } from './servers.ts';

export type TestDatabase = { url: string; execute(sql: string): Promise<void>; drop(): Promise<void> };

/** Any numbers; all test processes of a server agree on them, so that only one of them makes a template. */
const TEMPLATE_LOCKS: Record<DatabaseName, number> = { users: 7_462_001, products: 7_462_002, orders: 7_462_003 };
const READY = 'migrated';

/**
 * Makes a database for one test file: a copy of the service's migrated template, or an empty one. Copies share nothing,
 * so tests need not clean up; `drop` ends whatever is still connected.
 */
export async function createTestDatabase(kind: DatabaseName | 'empty'): Promise<TestDatabase> {
  const server = serverUrl();
  const name = `test_${kind}_${randomBytes(6).toString('hex')}`;
  const template = kind === 'empty' ? 'template0' : await migratedTemplate(server, kind);
  await withClient(server, (client) =>
    // FILE_COPY: the server does not sync, so copying files is cheaper than writing each page to the log.
    client.query(`CREATE DATABASE "${name}" TEMPLATE "${template}" STRATEGY FILE_COPY`),
  );
  const url = withDatabase(server, name);
  return {
    url,
    execute: (sql) => withClient(url, async (client) => void (await client.query(sql))),
    drop: () => withClient(server, (client) => client.query(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`)),
  };
}

/** The template of a service, migrated by whichever test process needs it first. */
async function migratedTemplate(server: string, kind: DatabaseName): Promise<string> {
  const template = `template_${kind}`;
  await withClient(server, async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCKS[kind]]);
    const { rows } = await client.query(
      `SELECT shobj_description(oid, 'pg_database') AS state FROM pg_database WHERE datname = $1`,
      [template],
    );
    if (rows[0]?.state === READY) return;
    // A run that was interrupted may have left half of one.
    await client.query(`DROP DATABASE IF EXISTS "${template}" WITH (FORCE)`);
    await migrate({ name: kind, url: withDatabase(server, template) });
    await client.query(`COMMENT ON DATABASE "${template}" IS '${READY}'`);
  });
  return template;
}

function serverUrl(): string {
  const server = serverFor('postgres');
  if ('address' in server) return server.address;
  throw new Error(`no PostgreSQL: ${server.unavailable}`);
}

async function withClient(url: string, act: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await act(client);
  } finally {
    await client.end();
  }
}
