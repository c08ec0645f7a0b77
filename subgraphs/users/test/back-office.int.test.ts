import { newUuid, requireUuid, typeId } from '@entrepot/kernel/ids';
import type { Viewer } from '@entrepot/kernel/viewer';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { anEmail, aStranger, errorsOf, type Json, startUsersFixture, type UsersFixture } from './users-fixture.ts';

let shop: UsersFixture;
beforeAll(async () => {
  shop = await startUsersFixture();
});
afterAll(() => shop.stop());

const setRoles = (userId: string, roles: string[], as: Viewer): Promise<Json> =>
  shop.mutate('setUserRoles', { userId, roles }, 'user { id roles }', as);

describe('setUserRoles', () => {
  beforeEach(() => shop.pool.query(`UPDATE "user" SET "roles" = '{}'`));

  it('replaces the roles of a user, and tells of the change', async () => {
    const [admin, ann] = [await shop.aCustomer('ADMIN'), await shop.aCustomer('CATALOGUE_MANAGER')];
    const payload = await setRoles(ann.id, ['ORDER_MANAGER', 'ADMIN', 'ADMIN'], admin);
    expect(payload).toEqual({ user: { id: ann.id, roles: ['ORDER_MANAGER', 'ADMIN'] }, userErrors: [] });
    expect(await shop.events(ann.id)).toEqual(['user.registered.v1', 'user.changed.v1']);
    expect((await setRoles(ann.id, [], admin)).user.roles).toEqual([]);
  });

  it('finds no stranger, and gives guests no role', async () => {
    const admin = await shop.aCustomer('ADMIN');
    expect(errorsOf(await setRoles(aStranger().id, [], admin))).toEqual(['NOT_FOUND input.userId']);
    const { user } = await shop.createGuest();
    expect(errorsOf(await setRoles(user.id, ['ADMIN'], admin))).toEqual(['IS_GUEST input']);
  });

  it('keeps the last administrator', async () => {
    const admin = await shop.aCustomer('ADMIN');
    expect(errorsOf(await setRoles(admin.id, ['ORDER_MANAGER'], admin))).toEqual(['LAST_ADMIN input']);
  });

  it('keeps one of two administrators who take the role from each other at once', async () => {
    for (let round = 0; round < 5; round++) {
      await shop.pool.query(`UPDATE "user" SET "roles" = '{}'`);
      const [ann, bob] = [await shop.aCustomer('ADMIN'), await shop.aCustomer('ADMIN')];
      const both = await Promise.all([setRoles(ann.id, [], bob), setRoles(bob.id, [], ann)]);
      expect(both.flatMap(errorsOf)).toEqual(['LAST_ADMIN input']);
      expect(await shop.count('user', `'ADMIN' = ANY("roles")`)).toBe(1);
    }
  });

  it('tells a wrong kind of id as such', async () => {
    const query = `mutation($input: SetUserRolesInput!) { setUserRoles(input: $input) { user { id } } }`;
    const input = { userId: typeId('prod', newUuid()), roles: [] };
    const { errors } = await shop.ask(query, { input }, await shop.aCustomer('ADMIN'));
    expect(errors?.[0]?.extensions.code).toBe('INVALID_ID');
  });
});

it('makes one first administrator, however many try at once', async () => {
  for (let round = 0; round < 3; round++) {
    await shop.pool.query(`UPDATE "user" SET "roles" = '{}'`);
    const account = () => ({ email: anEmail(), displayName: 'Administrator', passwordHash: 'none' });
    const made = await Promise.all(
      Array.from({ length: 6 }, () => shop.stores.users.createFirstAdmin(account(), new Date())),
    );
    expect(made.filter(Boolean)).toHaveLength(1);
  }
});

const PAGE = `query($first: Int, $after: String, $email: String) { users(first: $first, after: $after, email: $email) {
  edges { cursor node { id } } nodes { id email } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }`;

const cursor = (time: string) =>
  Buffer.from(JSON.stringify(['users', time, typeId('usr', newUuid())])).toString('base64url');

describe('users', () => {
  const page = async (variables: object) => (await shop.ask(PAGE, variables, admin)).data.users;
  let admin: Viewer;
  beforeAll(async () => {
    admin = await shop.aCustomer('ADMIN');
  });

  it('shows every user once, newest first, page by page, also those of the same millisecond', async () => {
    await shop.pool.query(
      `INSERT INTO "user" ("id", "kind", "email", "display_name", "roles", "created_at")
       SELECT gen_random_uuid(), 'GUEST', 'g' || n || '@example.com', 'Guest', '{}', '2026-01-01'::timestamptz + (n / 5) * interval '1 s'
       FROM generate_series(1, 30) n`,
    );
    const { rows } = await shop.pool.query('SELECT "id" FROM "user" ORDER BY "created_at" DESC, "id" DESC');
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const { nodes, edges, pageInfo } = await page({ first: 7, after });
      expect(pageInfo).toMatchObject({ hasPreviousPage: after !== null, startCursor: edges[0].cursor });
      seen.push(...nodes.map(({ id }: { id: string }) => id));
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after !== null);
    expect(seen).toEqual(rows.map(({ id }) => typeId('usr', id)));
  });

  it('finds those with an address, in whatever case, and takes no letter for any other', async () => {
    const ann = await shop.register({ email: `a_b-${newUuid()}@example.com` });
    const { email } = ann.user;
    await shop.register({ email: email.replace('_', 'x') });
    const guest = await shop.createGuest({ email });
    const ids = async (variables: object) => (await page(variables)).nodes.map(({ id }: { id: string }) => id);
    expect(await ids({ email: email.toUpperCase() })).toEqual([guest.user.id, ann.user.id]);
    expect(await ids({ email: 'a\u0000' })).toEqual([]);
    const { pageInfo } = await page({ email, first: 1 });
    expect(await ids({ email, first: 1, after: pageInfo.endCursor })).toEqual([ann.user.id]);
  });

  it.each([
    ['a page of none', { first: 0 }, 'INVALID_ARGUMENT'],
    ['too large a page', { first: 101 }, 'INVALID_ARGUMENT'],
    ['a cursor of nothing', { after: 'rubbish' }, 'INVALID_CURSOR'],
    ['a cursor of another list', { after: Buffer.from('["products",1]').toString('base64url') }, 'INVALID_CURSOR'],
    ['a cursor without a place', { after: Buffer.from('["users","x","y"]').toString('base64url') }, 'INVALID_CURSOR'],
    ['a cursor after all time', { after: cursor('+275760-09-13T00:00:00.000Z') }, 'INVALID_CURSOR'],
    ['a cursor before all time', { after: cursor('-000001-01-01T00:00:00.000Z') }, 'INVALID_CURSOR'],
    ['a cursor of the list without a filter', { email: 'a@example.com', after: 'OTHER' }, 'INVALID_CURSOR'],
  ])('refuses %s', async (_, variables, code) => {
    const after = 'after' in variables && variables.after === 'OTHER' ? (await page({})).pageInfo.endCursor : undefined;
    const { errors } = await shop.ask(PAGE, { ...variables, ...(after && { after }) }, admin);
    expect(errors?.[0]?.extensions.code).toBe(code);
  });

  it('walks its indexes', async () => {
    const plan = async (where: string) => {
      const client = await shop.pool.connect();
      await client.query('BEGIN; SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off');
      const { rows } = await client.query(
        `EXPLAIN SELECT "id" FROM "user" WHERE ("created_at", "id") < ('infinity', $1::uuid) ${where}
         ORDER BY "created_at" DESC, "id" DESC LIMIT 20`,
        [newUuid()],
      );
      await client.query('ROLLBACK');
      client.release();
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    };
    expect(await plan('')).toContain('user_created_at_id_idx');
    expect(await plan(`AND lower("email") = lower('A@example.com')`)).toContain('user_email_idx');
  });
});

describe('permissions', () => {
  it.each([
    ['users', '{ users { nodes { id } } }'],
    ['setUserRoles', 'mutation { setUserRoles(input: { userId: "usr_x", roles: [ADMIN] }) { user { id } } }'],
  ])('%s is for administrators', async (_, query) => {
    const admins = await shop.count('user', `'ADMIN' = ANY("roles")`);
    for (const [as, code] of [
      [undefined, 'UNAUTHENTICATED'],
      [aStranger(), 'FORBIDDEN'],
      [{ ...aStranger(), roles: ['CATALOGUE_MANAGER', 'ORDER_MANAGER'] }, 'FORBIDDEN'],
    ] as const) {
      const { data, errors } = await shop.ask(query, {}, as);
      expect([data ?? null, errors?.[0]?.extensions.code]).toEqual([null, code]);
    }
    expect(await shop.count('user', `'ADMIN' = ANY("roles")`)).toBe(admins);
  });

  it('user finds oneself, or anyone for an administrator', async () => {
    const ann = await shop.aCustomer();
    const find = async (as?: Viewer, id = ann.id) =>
      (await shop.ask('query($id: ID!) { user(id: $id) { id } }', { id }, as)).data.user;
    for (const as of [ann, await shop.aCustomer('ADMIN')]) expect(await find(as)).toEqual({ id: ann.id });
    for (const as of [undefined, aStranger(), await shop.aCustomer('ORDER_MANAGER')]) expect(await find(as)).toBeNull();
    expect(await find(await shop.aCustomer('ADMIN'), aStranger().id)).toBeNull();
  });

  it('me is whoever asks, or nobody', async () => {
    const ann = await shop.aCustomer();
    const me = async (as?: Viewer) => (await shop.ask('{ me { id email } }', {}, as)).data.me;
    expect(await me(ann)).toEqual({ id: ann.id, email: ann.email });
    expect(await me()).toBeNull();
    expect(await me(aStranger())).toBeNull();
  });

  it('are kept by the database too: no guest has a role, and no role is made up', async () => {
    const { user } = await shop.createGuest();
    const change = (roles: string) =>
      shop.pool.query('UPDATE "user" SET "roles" = $2 WHERE "id" = $1', [requireUuid('usr', user.id), roles]);
    await expect(change('{ADMIN}')).rejects.toMatchObject({ constraint: 'user_guest_roles' });
    await expect(change('{KING}')).rejects.toMatchObject({ code: '23514' });
  });
});
