import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { migrationsApplied } from './migrations.ts';

const migrations = readdirSync(new URL('../../../prisma/users/migrations/', import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

function database(applied: () => readonly string[]) {
  let asked = 0;
  const query = async () => {
    asked++;
    return { rows: applied().map((migration_name) => ({ migration_name })) };
  };
  return { query, asked: () => asked };
}

describe('the migrations of a database', () => {
  it('are missing until all of this release are applied, and are not asked for after', async () => {
    let applied: readonly string[] = [];
    const { query, asked } = database(() => applied);
    const check = migrationsApplied('users', { query });
    await expect(check()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    applied = [...migrations, '29990101000000_of_a_later_release'];
    await check();
    await check();
    expect(asked()).toBe(2);
  });

  it('are missing in a database that has none', async () => {
    const query = () => Promise.reject(Object.assign(new Error('no such table'), { code: '42P01' }));
    await expect(migrationsApplied('users', { query })()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('are not told as missing when the database cannot be reached', async () => {
    const query = () => Promise.reject(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
    await expect(migrationsApplied('users', { query })()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });
});
