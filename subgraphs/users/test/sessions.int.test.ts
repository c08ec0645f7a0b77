import { requireUuid } from '@entrepot/kernel/ids';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { hashOf, newRefreshToken } from '../src/auth/refresh-token.ts';
import { prune } from '../src/pruning.ts';
import { errorsOf, startUsersFixture, type UsersFixture } from './users-fixture.ts';

let shop: UsersFixture;
beforeAll(async () => {
  shop = await startUsersFixture();
});
afterAll(() => shop.stop());

describe('refreshSession', () => {
  it('gives the next pair of tokens, again and again', async () => {
    const { user, session } = await shop.register();
    let { refreshToken } = session;
    for (let count = 0; count < 3; count++) {
      const payload = await shop.refresh(refreshToken);
      expect(payload.userErrors).toEqual([]);
      expect(decodeJwt(payload.session.accessToken).sub).toBe(user.id);
      expect(payload.session.refreshToken).not.toBe(refreshToken);
      refreshToken = payload.session.refreshToken;
    }
  });

  it('knows the roles that the user has today', async () => {
    const { user, session } = await shop.register();
    const id = requireUuid('usr', user.id);
    await shop.pool.query(`UPDATE "user" SET "roles" = '{ORDER_MANAGER}' WHERE "id" = $1`, [id]);
    const payload = await shop.refresh(session.refreshToken);
    expect(decodeJwt(payload.session.accessToken).roles).toEqual(['ORDER_MANAGER']);
  });

  it('ends the whole session when a token comes a second time', async () => {
    const { session } = await shop.register();
    const next = await shop.refresh(session.refreshToken);
    expect(errorsOf(await shop.refresh(session.refreshToken))).toEqual(['TOKEN_REUSED input.refreshToken']);
    expect(errorsOf(await shop.refresh(next.session.refreshToken))).toEqual(['INVALID_TOKEN input.refreshToken']);
  });

  it('leaves the other sessions of the user as they are', async () => {
    const { user, session } = await shop.register();
    const other = await shop.logIn(user.email);
    await shop.refresh(session.refreshToken);
    await shop.refresh(session.refreshToken);
    expect(errorsOf(await shop.refresh(other.session.refreshToken))).toEqual([]);
  });

  it('lets exactly one win of those who show the same token at once', async () => {
    const { session } = await shop.register();
    const payloads = await Promise.all(Array.from({ length: 8 }, () => shop.refresh(session.refreshToken)));
    expect(payloads.filter((payload) => payload.session !== null)).toHaveLength(1);
    const codes = payloads.flatMap(errorsOf).sort();
    // The first who comes second ends the session; to those after them it is unknown.
    expect(codes.filter((code) => code === 'TOKEN_REUSED input.refreshToken')).toHaveLength(1);
    expect(codes.filter((code) => code === 'INVALID_TOKEN input.refreshToken')).toHaveLength(6);
  });

  it('waits for a refresh under way, and then sees its token used', async () => {
    const { session } = await shop.register();
    const hash = hashOf(session.refreshToken);
    const first = await shop.pool.connect();
    await first.query('BEGIN');
    await first.query('UPDATE "refresh_token" SET "used_at" = now() WHERE "hash" = $1', [hash]);
    const second = shop.refresh(session.refreshToken);
    const isWaiting = () => shop.count('pg_stat_activity', `wait_event_type = 'Lock' AND datname = current_database()`);
    await vi.waitUntil(async () => (await isWaiting()) === 1, { timeout: 5_000 });
    await first.query('COMMIT');
    first.release();
    expect(errorsOf(await second)).toEqual(['TOKEN_REUSED input.refreshToken']);
  });

  it.each(['', 'rubbish', 'x'.repeat(10_000), newRefreshToken().token])('refuses %.20j', async (token) => {
    const payload = await shop.refresh(token);
    expect([payload.session, errorsOf(payload)]).toEqual([null, ['INVALID_TOKEN input.refreshToken']]);
  });

  it('refuses a token that has expired', async () => {
    const { session } = await shop.register();
    const hash = hashOf(session.refreshToken);
    await shop.pool.query('UPDATE "refresh_token" SET "expires_at" = now() WHERE "hash" = $1', [hash]);
    expect(errorsOf(await shop.refresh(session.refreshToken))).toEqual(['INVALID_TOKEN input.refreshToken']);
  });
});

describe('logOut', () => {
  it('ends the session, with any token it ever had', async () => {
    const { session } = await shop.register();
    const next = await shop.refresh(session.refreshToken);
    expect(errorsOf(await shop.mutate('logOut', { refreshToken: session.refreshToken }))).toEqual([]);
    expect(errorsOf(await shop.refresh(next.session.refreshToken))).toEqual(['INVALID_TOKEN input.refreshToken']);
  });

  it('succeeds for a session that nobody knows, and twice', async () => {
    const { session } = await shop.register();
    for (const refreshToken of [newRefreshToken().token, session.refreshToken, session.refreshToken]) {
      expect(errorsOf(await shop.mutate('logOut', { refreshToken }))).toEqual([]);
    }
  });

  it('refuses what is no token', async () => {
    const payload = await shop.mutate('logOut', { refreshToken: 'rubbish' });
    expect(errorsOf(payload)).toEqual(['INVALID_TOKEN input.refreshToken']);
  });
});

it('forgets expired tokens, sessions without tokens and windows that are over, and nothing else', async () => {
  const [old, current] = [await shop.register(), await shop.register()];
  const { session } = await shop.refresh(current.session.refreshToken);
  await shop.logIn(old.user.email, 'wrong password');
  const of = (hashes: string[]) => shop.count('refresh_token', '"hash" = ANY($1)', hashes.map(hashOf));
  const sessionsOf = ({ user }: typeof old) => shop.count('session', '"user_id" = $1', requireUuid('usr', user.id));
  await shop.pool.query('UPDATE "refresh_token" SET "expires_at" = now() WHERE "hash" = ANY($1)', [
    [old.session.refreshToken, current.session.refreshToken].map(hashOf),
  ]);
  await shop.pool.query('UPDATE "login_attempt" SET "window_end" = now() WHERE "email" = $1', [old.user.email]);

  await prune(shop.stores, new Date(Date.now() + 1_000));
  expect(await of([old.session.refreshToken, current.session.refreshToken])).toBe(0);
  expect(await of([session.refreshToken])).toBe(1);
  expect([await sessionsOf(old), await sessionsOf(current)]).toEqual([0, 1]);
  expect(await shop.count('login_attempt', '"email" = $1', old.user.email)).toBe(0);
  expect(errorsOf(await shop.refresh(session.refreshToken))).toEqual([]);
});
