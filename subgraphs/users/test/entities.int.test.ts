import { newUuid, typeId } from '@entrepot/kernel/ids';
import type { Viewer } from '@entrepot/kernel/viewer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aStranger, type Json, startUsersFixture, type UsersFixture } from './users-fixture.ts';

let shop: UsersFixture;
let people: Viewer[];
beforeAll(async () => {
  shop = await startUsersFixture();
  const { rows } = await shop.pool.query(
    `WITH person AS (INSERT INTO "user" ("id", "kind", "email", "display_name", "roles")
       SELECT gen_random_uuid(), 'GUEST', 'g' || n || '@example.com', 'Guest ' || n, '{}' FROM generate_series(1, 100) n RETURNING "id"),
     home AS (INSERT INTO "address" ("id", "user_id", "recipient", "lines", "city", "country_code", "is_default")
       SELECT gen_random_uuid(), "id", 'Ann', '{a}', 'Bristol', 'GB', true FROM person)
     SELECT "id" FROM person`,
  );
  people = rows.map(({ id }) => ({ id: typeId('usr', id), kind: 'GUEST', roles: [] }));
});
afterAll(() => shop.stop());

const ENTITIES = `query($representations: [_Any!]!) { _entities(representations: $representations) {
  ... on User { id displayName email kind roles addresses { id city } } ... on Address { id city } } }`;
const representationsOf = (ids: string[]) => ids.map((id) => ({ __typename: 'User', id }));

describe('_entities', () => {
  it('answers in the order asked, with null for whom nobody knows', async () => {
    const ids = [people[5]?.id ?? '', aStranger().id, people[2]?.id ?? '', people[5]?.id ?? ''];
    const { data } = await shop.ask(ENTITIES, { representations: representationsOf(ids) });
    expect(data._entities.map((user: { id: string } | null) => user?.id)).toEqual([ids[0], undefined, ids[2], ids[3]]);
  });

  it('takes one statement for users and one for their addresses, however many are asked for', async () => {
    const manager: Viewer = { ...aStranger(), roles: ['ORDER_MANAGER'] };
    for (const size of [1, 50, 100]) {
      const representations = representationsOf(people.slice(0, size).map(({ id }) => id));
      expect(await shop.statements(() => shop.ask(ENTITIES, { representations }))).toBe(1);
      expect(await shop.statements(() => shop.ask(ENTITIES, { representations }, manager))).toBe(2);
    }
  });

  it('fails a malformed or mistaken id alone, and not its neighbours', async () => {
    const id = people[0]?.id ?? '';
    const representations = representationsOf([id, 'rubbish', id.replace('usr_', 'prod_')]);
    const { data, errors } = await shop.ask(ENTITIES, { representations });
    expect(data._entities.map((user: { id: string } | null) => user?.id)).toEqual([id, undefined, undefined]);
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['INVALID_ID', 'INVALID_ID']);
  });

  it('tags what it answers, so that an event can purge it', async () => {
    const id = people[0]?.id ?? '';
    const { extensions } = await shop.ask(ENTITIES, { representations: representationsOf([id]) });
    expect(extensions?.cacheTags).toEqual([`User:${id}`]);
  });
});

describe('what is private about a user', () => {
  const privateFields = async (as?: Viewer) => {
    const { data, headers } = await shop.ask(
      ENTITIES,
      { representations: representationsOf([people[7]?.id ?? '']) },
      as,
    );
    const [{ displayName, ...user }] = data._entities;
    expect(displayName).toMatch(/^Guest \d+$/);
    return { user, cacheControl: headers.get('cache-control') };
  };

  it.each([
    ['nobody', () => undefined],
    ['another user', () => people[8]],
    ['a catalogue manager', (): Viewer => ({ ...aStranger(), roles: ['CATALOGUE_MANAGER'] })],
  ])('is null for %s, by every door', async (_, as) => {
    const { user } = await privateFields(as());
    expect(user).toEqual({ id: people[7]?.id, email: null, kind: null, roles: null, addresses: null });
  });

  it.each([
    ['the user', () => people[7]],
    ['an order manager', (): Viewer => ({ ...aStranger(), roles: ['ORDER_MANAGER'] })],
    ['an administrator', (): Viewer => ({ ...aStranger(), roles: ['ADMIN'] })],
  ])('is shown to %s, and never to be shared', async (_, as) => {
    const { user, cacheControl } = await privateFields(as());
    expect(user).toMatchObject({
      email: expect.any(String),
      kind: 'GUEST',
      roles: [],
      addresses: [{ city: 'Bristol' }],
    });
    expect(cacheControl).not.toContain('public');
  });

  it('is what the answer to their own registration shows', async () => {
    const { user } = await shop.register();
    expect(user.email).toEqual(expect.any(String));
    // By a request of its own, without a token, nobody is anybody.
    const { data } = await shop.ask(ENTITIES, { representations: representationsOf([user.id]) });
    expect(data._entities[0].email).toBeNull();
  });
});

describe('an address as an entity', () => {
  const find = async (as: Viewer | undefined, ...ids: string[]) => {
    const representations = ids.map((id) => ({ __typename: 'Address', id }));
    return shop.ask(ENTITIES, { representations }, as);
  };
  const addressOf = async (person: Viewer) =>
    (await shop.ask('{ me { addresses { id } } }', {}, person)).data.me.addresses[0].id;

  it('is found by its owner and the back office, and by nobody else', async () => {
    const [ann, eve] = people;
    if (!ann || !eve) throw new Error('there are a hundred people');
    const id = await addressOf(ann);
    const manager: Viewer = { ...aStranger(), roles: ['ORDER_MANAGER'] };
    for (const as of [ann, manager]) expect((await find(as, id)).data._entities).toEqual([{ id, city: 'Bristol' }]);
    for (const as of [undefined, eve]) expect((await find(as, id)).data._entities).toEqual([null]);
  });

  it('is never kept: no event names it', async () => {
    const [ann] = people;
    if (!ann) throw new Error('there are a hundred people');
    const { extensions, headers } = await find(ann, await addressOf(ann));
    expect([extensions?.cacheTags, headers.get('cache-control')]).toEqual([undefined, 'no-store']);
  });

  it('takes one statement for all', async () => {
    const [ann] = people;
    if (!ann) throw new Error('there are a hundred people');
    const ids = [await addressOf(ann), typeId('addr', newUuid()), typeId('addr', newUuid())];
    expect(await shop.statements(() => find(ann, ...ids))).toBe(1);
  });
});

describe('trust', () => {
  it.each([
    ['without a credential', {}],
    ['with a wrong one', { 'x-gateway-credential': 'a credential that somebody made up' }],
  ])('answers nobody %s', async (_, headers) => {
    const body = JSON.stringify({ query: '{ me { id } }' });
    const answer = await fetch(`${shop.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
    expect(answer.status).toBe(401);
    const { errors }: Json = await answer.json();
    expect(errors[0].extensions.code).toBe('NOT_GATEWAY');
  });

  it('shows its public key to everybody, to be kept for a while', async () => {
    const answer = await fetch(`${shop.url}/.well-known/jwks.json`);
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'public, max-age=300']);
    const { keys }: Json = await answer.json();
    expect(keys).toEqual([
      { kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig', kid: 'test', x: expect.any(String) },
    ]);
  });
});
