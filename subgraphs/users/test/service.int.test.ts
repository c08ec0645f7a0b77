import type { LogMessage } from '@entrepot/events/log';
import { openEventLog } from '@entrepot/events/open-event-log';
import { createLogger } from '@entrepot/telemetry/logger';
import { createRegistry } from '@entrepot/telemetry/metrics';
import { createGraphQLClient } from '@entrepot/testing/graphql-client';
import { createTestDatabase } from '@entrepot/testing/test-database';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadConfig, loadSeedConfig } from '../src/config.ts';
import { seedAdmin } from '../src/seed-admin.ts';
import { startUsers } from '../src/start-users.ts';
import { anEmail, aPrivateKey, GATEWAY_CREDENTIAL, type Json, PASSWORD } from './users-fixture.ts';

const logger = createLogger({ service: 'test', level: 'silent' });
const started: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const stop of started.reverse()) await stop();
});

let url: string;
let databaseUrl: string;
const seen: LogMessage[] = [];
const ask = (query: string, variables: object = {}) =>
  createGraphQLClient(`${url}/graphql`, { 'x-gateway-credential': GATEWAY_CREDENTIAL })<Json>(query, variables);
const LOG_IN = 'mutation($input: LogInInput!) { logIn(input: $input) { user { id kind roles } userErrors { code } } }';

beforeAll(async () => {
  const [database, events] = [await createTestDatabase('users'), await createTestDatabase('empty')];
  started.push(database.drop, events.drop);
  databaseUrl = database.url;
  const config = loadConfig({
    USERS_DATABASE_URL: database.url,
    EVENTS_DATABASE_URL: events.url,
    GATEWAY_CREDENTIAL,
    ACCESS_TOKEN_PRIVATE_KEY: aPrivateKey(),
    PORT: '0',
    DRAIN_MS: '0',
  });
  const users = await startUsers({ config, logger, registry: createRegistry('users') });
  for (const [, stop] of users.stop.toReversed()) started.push(stop);
  url = users.url;

  const log = await openEventLog(config, 'test', logger);
  started.push(() => log.close());
  const onBatch = async (messages: readonly LogMessage[]) => {
    seen.push(...messages);
  };
  const subscription = await log.subscribe({ group: 'test', topics: ['users'], from: 'beginning', onBatch });
  started.push(() => subscription.stop());
});

describe('the service', () => {
  it('is alive and ready, and shows its metrics', async () => {
    for (const path of ['/livez', '/readyz']) expect((await fetch(`${url}${path}`)).status).toBe(200);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    for (const name of ['db_statements_total', 'password_hashes', 'graphql_requests_total'])
      expect(metrics).toContain(name);
  });

  it('tells the world of a guest, once the transaction is committed', async () => {
    const query = `mutation($input: CreateGuestInput!) { createGuest(input: $input) { user { id } } }`;
    const { data } = await ask(query, { input: { email: anEmail() } });
    const { id } = data.createGuest.user;
    await vi.waitUntil(() => seen.some(({ key }) => key === id), { timeout: 10_000 });
    expect(seen.find(({ key }) => key === id)?.envelope).toMatchObject({
      specversion: '1.0',
      type: 'user.registered.v1',
      subject: id,
      purges: [`User:${id}`],
      data: { userId: id, kind: 'GUEST' },
    });
  });

  it.each([
    ['an unknown field', '{ me { shoeSize } }', 'GRAPHQL_VALIDATION_FAILED'],
    ['no GraphQL', '{ me {', 'GRAPHQL_PARSE_FAILED'],
  ])('answers %s with a code and nothing of its insides', async (_, query, code) => {
    const { errors } = await ask(query);
    expect(errors?.[0]?.extensions).toEqual({ code });
  });
});

describe('the seed of an administrator', () => {
  it('makes one when there is none, of two seeds at once too', async () => {
    const admin = { databaseUrl, email: anEmail(), password: PASSWORD };
    expect((await Promise.all([seedAdmin(admin), seedAdmin(admin)])).sort()).toEqual([false, true]);
    const { data } = await ask(LOG_IN, { input: { email: admin.email, password: PASSWORD } });
    expect(data.logIn.user).toMatchObject({ kind: 'CUSTOMER', roles: ['ADMIN'] });
    await vi.waitUntil(() => seen.some(({ key }) => key === data.logIn.user.id), { timeout: 10_000 });
  });

  it('does nothing when there is one, whatever it is asked for', async () => {
    expect(await seedAdmin({ databaseUrl, email: 'nobody', password: '' })).toBe(false);
  });

  it('refuses a bad account, and makes nobody of those who are there an administrator', async () => {
    const database = await createTestDatabase('users');
    started.push(database.drop);
    const admin = { databaseUrl: database.url, email: anEmail(), password: PASSWORD };
    await expect(seedAdmin({ ...admin, password: 'short' })).rejects.toMatchObject({ code: 'INVALID_PASSWORD' });
    await seedAdmin(admin);
    const pool = new pg.Pool({ connectionString: database.url });
    await pool.query(`UPDATE "user" SET "roles" = '{}'`);
    await pool.end();
    await expect(seedAdmin(admin)).rejects.toMatchObject({ code: 'EMAIL_TAKEN' });
  });
});

describe('the configuration', () => {
  it('lists every problem at once', () => {
    const bad = { PORT: 'x', GATEWAY_CREDENTIAL: 'short', USERS_DATABASE_URL: 'mysql://x', ACCESS_TOKEN_TTL_S: '1' };
    const problems = Object.keys(bad).concat('ACCESS_TOKEN_PRIVATE_KEY', 'KAFKA_BROKERS');
    for (const problem of problems) expect(() => loadConfig(bad)).toThrow(new RegExp(problem));
  });

  it('of the seed says what it lacks', () => {
    for (const name of ['USERS_DATABASE_URL', 'ADMIN_EMAIL', 'ADMIN_PASSWORD'])
      expect(() => loadSeedConfig({})).toThrow(new RegExp(name));
  });
});
