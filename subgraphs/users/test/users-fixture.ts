import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { connect } from '@entrepot/database/database';
import { newUuid, requireUuid, typeId } from '@entrepot/kernel/ids';
import { encodeViewer, type Role, type Viewer } from '@entrepot/kernel/viewer';
import { createLogger } from '@entrepot/telemetry/logger';
import { createRegistry } from '@entrepot/telemetry/metrics';
import { createGraphQLClient } from '@entrepot/testing/graphql-client';
import { createTestDatabase } from '@entrepot/testing/test-database';
import { serveUsers } from '../src/serve-users.ts';
import { createStores } from '../src/store/stores.ts';

export const GATEWAY_CREDENTIAL = 'a credential that only tests know of';
export const PASSWORD = 'correct horse';

/** Whatever a test's own query selects: the test's assertions are what checks it. */
// biome-ignore lint/suspicious/noExplicitAny: the shape is in the query text
export type Json = any;

export const aPrivateKey = (): string =>
  JSON.stringify({ ...generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' }), kid: 'test' });

export const unique = (prefix: string): string => `${prefix}-${randomBytes(5).toString('hex')}`;
export const anEmail = (): string => `${unique('ann')}@example.com`;
export const aStranger = (): Viewer => ({ id: typeId('usr', newUuid()), kind: 'CUSTOMER', roles: [] });

/** The codes and paths of a payload's errors, such as `INVALID_NAME input.name`. */
export const errorsOf = (payload: Json): string[] =>
  payload.userErrors.map(({ code, path }: { code: string; path: string[] }) => `${code} ${path.join('.')}`);

const SESSION = 'session { accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt }';

/**
 * The users service on a database of its own, asked as the gateway asks. No relay runs: the outbox keeps every event for
 * the tests to read.
 */
export async function startUsersFixture() {
  const testDatabase = await createTestDatabase('users');
  const logger = createLogger({ service: 'users', level: 'silent' });
  const registry = createRegistry('users');
  const { url } = testDatabase;
  const database = connect({ url, poolSize: 10, applicationName: 'users-test', logger, registry });
  const stores = createStores(database.pool, () => undefined);
  const config = {
    HOST: '127.0.0.1',
    PORT: 0,
    GATEWAY_CREDENTIAL,
    DRAIN_MS: 0,
    READY_DRAIN_MS: 0,
    ACCESS_TOKEN_PRIVATE_KEY: aPrivateKey(),
    ACCESS_TOKEN_TTL_S: 900,
    REFRESH_TOKEN_TTL_S: 3_600,
  };
  const server = await serveUsers({ config, logger, registry, database, stores, ready: async () => [] });
  const asGateway = createGraphQLClient(`${server.url}/graphql`, { 'x-gateway-credential': GATEWAY_CREDENTIAL });
  const ask = (query: string, variables: object = {}, viewer?: Viewer) =>
    asGateway<Json>(query, variables, viewer && { 'x-viewer': encodeViewer(viewer) });

  /** Sends a mutation of one input; the input's type is named after it. */
  const mutate = async (name: string, input: object, selection = '', as?: Viewer): Promise<Json> => {
    const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`;
    const query = `mutation($input: ${type}!) { ${name}(input: $input) { ${selection} userErrors { code message path } } }`;
    const { data, errors } = await ask(query, { input }, as);
    if (errors) throw new Error(JSON.stringify(errors));
    return data[name];
  };
  const enter = async (name: string, input: object, as?: Viewer): Promise<Json> =>
    mutate(name, input, `user { id displayName email kind roles createdAt addresses { id } } ${SESSION}`, as);
  const register = (over: object = {}, as?: Viewer) =>
    enter('registerUser', { email: anEmail(), password: PASSWORD, displayName: 'Ann', ...over }, as);

  return {
    url: server.url,
    databaseUrl: url,
    pool: database.pool,
    stores,
    ask,
    mutate,
    register,
    logIn: (email: string, password = PASSWORD) => enter('logIn', { email, password }),
    createGuest: (over: object = {}) => enter('createGuest', { email: anEmail(), ...over }),
    refresh: (refreshToken: string) => mutate('refreshSession', { refreshToken }, SESSION),
    /** A customer with these roles, as they come back with a token. */
    aCustomer: async (...roles: Role[]): Promise<Viewer & { email: string }> => {
      const { user } = await register();
      await database.pool.query('UPDATE "user" SET "roles" = $2 WHERE "id" = $1', [requireUuid('usr', user.id), roles]);
      return { id: user.id, kind: 'CUSTOMER', roles, email: user.email };
    },
    count: async (table: string, where = 'true', ...values: unknown[]): Promise<number> =>
      (await database.pool.query(`SELECT count(*)::int AS count FROM "${table}" WHERE ${where}`, values)).rows[0].count,
    /** The types of the events about a user, oldest first. */
    events: async (userId: string): Promise<string[]> => {
      const text = `SELECT envelope->>'type' AS type FROM outbox WHERE topic = 'users' AND key = $1 ORDER BY seq`;
      return (await database.pool.query(text, [userId])).rows.map(({ type }) => type);
    },
    /** How many SQL statements were sent while `act` ran. */
    statements: async (act: () => Promise<unknown>): Promise<number> => {
      const before = await statementsOf(registry);
      await act();
      return (await statementsOf(registry)) - before;
    },
    stop: async () => {
      await server.close();
      await database.close();
      await testDatabase.drop();
    },
  };
}
export type UsersFixture = Awaited<ReturnType<typeof startUsersFixture>>;

async function statementsOf(registry: ReturnType<typeof createRegistry>): Promise<number> {
  const metric = await registry.getSingleMetric('db_statements_total')?.get();
  return metric?.values[0]?.value ?? 0;
}
