import { requireUuid } from '@entrepot/kernel/ids';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_ATTEMPTS } from '../src/domain/login-throttle.ts';
import {
  anEmail,
  errorsOf,
  type Json,
  PASSWORD,
  startUsersFixture,
  type UsersFixture,
  unique,
} from './users-fixture.ts';

let shop: UsersFixture;
beforeAll(async () => {
  shop = await startUsersFixture();
});
afterAll(() => shop.stop());

async function claimsOf({ session }: Json) {
  const jwks: Json = await (await fetch(`${shop.url}/.well-known/jwks.json`)).json();
  return (await jwtVerify(session.accessToken, createLocalJWKSet(jwks))).payload;
}

describe('registerUser', () => {
  it('opens an account, lets its owner in, and tells the world', async () => {
    const email = anEmail();
    const payload = await shop.register({ email, displayName: '  Ann Lee ' });
    expect(payload.userErrors).toEqual([]);
    const { id } = payload.user;
    expect(payload.user).toMatchObject({ displayName: 'Ann Lee', email, kind: 'CUSTOMER', roles: [], addresses: [] });
    expect(await claimsOf(payload)).toMatchObject({ iss: 'entrepot', sub: id, kind: 'CUSTOMER', roles: [] });
    expect(await shop.events(id)).toEqual(['user.registered.v1']);
  });

  it('keeps neither the password nor a token that anybody could use', async () => {
    const { user, session } = await shop.register();
    const { rows } = await shop.pool.query('SELECT * FROM "user" WHERE "id" = $1', [requireUuid('usr', user.id)]);
    expect(rows[0].password_hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    const tokens = await shop.pool.query('SELECT encode("hash", \'base64\') AS hash FROM "refresh_token"');
    expect(JSON.stringify(tokens.rows)).not.toContain(session.refreshToken);
  });

  it('tells every problem at once, and does nothing', async () => {
    const before = await shop.count('user');
    const payload = await shop.register({ email: 'nobody', password: 'short', displayName: ' ' });
    expect(errorsOf(payload)).toEqual([
      'INVALID_EMAIL input.email',
      'INVALID_PASSWORD input.password',
      'INVALID_NAME input.displayName',
    ]);
    expect([payload.user, payload.session]).toEqual([null, null]);
    expect(await shop.count('user')).toBe(before);
  });

  it('gives an address to one account only, in whatever case', async () => {
    const email = anEmail();
    await shop.register({ email });
    expect(errorsOf(await shop.register({ email: email.toUpperCase() }))).toEqual(['EMAIL_TAKEN input.email']);
  });

  it('gives an address to one of two who want it at once', async () => {
    const email = anEmail();
    const both = await Promise.all([shop.register({ email }), shop.register({ email })]);
    expect(both.flatMap(errorsOf)).toEqual(['EMAIL_TAKEN input.email']);
    expect(await shop.count('user', 'email = $1', email)).toBe(1);
  });
});

describe('createGuest', () => {
  it('makes a customer without a password', async () => {
    const payload = await shop.createGuest();
    expect(payload.user).toMatchObject({ displayName: 'Guest', kind: 'GUEST', roles: [] });
    expect(await claimsOf(payload)).toMatchObject({ sub: payload.user.id, kind: 'GUEST' });
    expect(await shop.events(payload.user.id)).toEqual(['user.registered.v1']);
  });

  it('takes one statement, because a checkout waits for it', async () => {
    expect(
      await shop.statements(() => shop.mutate('createGuest', { email: anEmail() }, 'session { accessToken }')),
    ).toBe(1);
  });

  it('lets guests share an address with each other and with a customer', async () => {
    const email = anEmail();
    await shop.register({ email });
    const guests = [await shop.createGuest({ email }), await shop.createGuest({ email, name: 'Bob' })];
    expect(guests.map(({ user }) => user.displayName)).toEqual(['Guest', 'Bob']);
  });

  it('refuses a bad address and an empty name', async () => {
    const payload = await shop.createGuest({ email: 'a\u0000@example.com', name: '' });
    expect(errorsOf(payload)).toEqual(['INVALID_EMAIL input.email', 'INVALID_NAME input.name']);
  });
});

describe('a guest who registers', () => {
  it('stays who they are', async () => {
    const { user } = await shop.createGuest();
    const guest = { id: user.id, kind: 'GUEST', roles: [] } as const;
    const email = anEmail();
    const payload = await shop.register({ email }, guest);
    expect(payload.user).toMatchObject({ id: user.id, kind: 'CUSTOMER', email, createdAt: user.createdAt });
    expect((await shop.logIn(email)).user.id).toBe(user.id);
    expect(await shop.events(user.id)).toEqual(['user.registered.v1', 'user.registered.v1']);
  });

  it('stays a guest when the address is taken', async () => {
    const { email } = await shop.aCustomer();
    const { user } = await shop.createGuest();
    const guest = { id: user.id, kind: 'GUEST', roles: [] } as const;
    expect(errorsOf(await shop.register({ email }, guest))).toEqual(['EMAIL_TAKEN input.email']);
    const { data } = await shop.ask('{ me { kind } }', {}, guest);
    expect(data.me.kind).toBe('GUEST');
  });
});

describe('logIn', () => {
  it('lets in whoever knows the password, whatever the case of the address', async () => {
    const { user } = await shop.register();
    const payload = await shop.logIn(user.email.toUpperCase());
    expect(payload.user).toEqual(user);
    expect(await claimsOf(payload)).toMatchObject({ sub: user.id });
  });

  it.each([
    ['a wrong password', async () => [(await shop.aCustomer()).email, 'wrong password']],
    ['an unknown address', async () => [anEmail(), PASSWORD]],
    ['the address of a guest', async () => [(await shop.createGuest()).user.email, PASSWORD]],
    ['no address at all', async () => ['a\u0000b', PASSWORD]],
    ['a password of a megabyte', async () => [(await shop.aCustomer()).email, 'x'.repeat(1_000_000)]],
  ])('says the same to %s', async (_, attempt) => {
    const [email = '', password = ''] = await attempt();
    const payload = await shop.logIn(email, password);
    expect([payload.user, payload.session, errorsOf(payload)]).toEqual([null, null, ['INVALID_CREDENTIALS input']]);
  });

  it('takes as long for an unknown address as for a wrong password', async () => {
    const { email } = await shop.aCustomer();
    const timeOf = async (address: string) => {
      const times: number[] = [];
      for (let count = 0; count < 7; count++) {
        const start = performance.now();
        await shop.logIn(address, 'wrong password');
        times.push(performance.now() - start);
      }
      return Math.min(...times);
    };
    // Without a hash, an answer takes a few milliseconds; with one, 13 at the least.
    const [known, unknown] = [await timeOf(email), await timeOf(anEmail())];
    expect(unknown).toBeGreaterThan(known / 2);
    expect(unknown).toBeLessThan(known * 2);
  });
});

describe('the login throttle', () => {
  it('lets no more guesses through than it says, sent one by one or all at once', async () => {
    const { email } = await shop.aCustomer();
    const guesses = await Promise.all(
      Array.from({ length: MAX_ATTEMPTS + 5 }, () => shop.logIn(email, 'wrong password')),
    );
    const codes = guesses.flatMap(errorsOf).sort();
    expect(codes.filter((code) => code === 'INVALID_CREDENTIALS input')).toHaveLength(MAX_ATTEMPTS);
    expect(codes.filter((code) => code === 'TOO_MANY_ATTEMPTS input.email')).toHaveLength(5);
    expect(errorsOf(await shop.logIn(email.toUpperCase()))).toEqual(['TOO_MANY_ATTEMPTS input.email']);
  });

  it('counts an address as one, however the database would still find its account', async () => {
    // PostgreSQL's lower() makes İ an i, JavaScript's makes it two characters.
    const email = `${unique('iii')}@example.com`;
    await shop.register({ email });
    for (let count = 0; count < MAX_ATTEMPTS; count++) await shop.logIn(email, 'wrong password');
    const spelled = email.replace('i', 'İ');
    expect(await shop.count('user', '"email" = $1 AND lower("email") = lower($2)', email, spelled)).toBe(1);
    expect(errorsOf(await shop.logIn(spelled))).toEqual(['TOO_MANY_ATTEMPTS input.email']);
  });

  it('does not tell whether the address has an account', async () => {
    const email = anEmail();
    for (let count = 0; count < MAX_ATTEMPTS; count++) await shop.logIn(email, 'wrong password');
    expect(errorsOf(await shop.logIn(email))).toEqual(['TOO_MANY_ATTEMPTS input.email']);
  });

  it('begins anew after a success, and when the window is over', async () => {
    const { email } = await shop.aCustomer();
    for (let count = 0; count < MAX_ATTEMPTS - 1; count++) await shop.logIn(email, 'wrong password');
    expect(errorsOf(await shop.logIn(email))).toEqual([]);
    for (let count = 0; count < MAX_ATTEMPTS; count++) await shop.logIn(email, 'wrong password');
    expect(errorsOf(await shop.logIn(email))).toEqual(['TOO_MANY_ATTEMPTS input.email']);
    await shop.pool.query('UPDATE "login_attempt" SET "window_end" = now() WHERE "email" = $1', [email]);
    expect(errorsOf(await shop.logIn(email))).toEqual([]);
  });

  it('gives back an attempt whose password nobody looked at', async () => {
    const email = anEmail();
    const now = new Date();
    for (let count = 0; count < MAX_ATTEMPTS; count++) await shop.stores.throttle.attempt(email, now);
    expect(await shop.stores.throttle.attempt(email, now)).toBe(false);
    await shop.stores.throttle.takeBack(email);
    expect(await shop.stores.throttle.attempt(email, now)).toBe(true);
  });

  it('keeps no address that cannot have an account', async () => {
    const email = `${'a'.repeat(3_000)}@example.com`;
    await shop.logIn(email);
    expect(await shop.count('login_attempt', 'email = $1', email)).toBe(0);
  });
});
