import pg from 'pg';
import { sqlState } from './transaction.ts';

/** Makes the database that a URL names when the server does not have it yet. */
export async function ensureDatabase(url: string): Promise<void> {
  const name = databaseOf(url);
  if (await exists(url)) return;
  const admin = new pg.Client({ connectionString: withDatabase(url, 'postgres') });
  await admin.connect();
  try {
    await admin.query(`CREATE DATABASE ${admin.escapeIdentifier(name)}`);
  } catch (error) {
    // Another process was faster: duplicate_database, or the unique index of the catalogue when both were at it.
    if (sqlState(error) !== '42P04' && sqlState(error) !== '23505') throw error;
  } finally {
    await admin.end();
  }
}

async function exists(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    return true;
  } catch (error) {
    if (sqlState(error) === '3D000') return false;
    throw error;
  } finally {
    await client.end().catch(() => {});
  }
}

export function databaseOf(url: string): string {
  return decodeURIComponent(new URL(url).pathname.slice(1));
}

export function withDatabase(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${encodeURIComponent(database)}`;
  return changed.href;
}
