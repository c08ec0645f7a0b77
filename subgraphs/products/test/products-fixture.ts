import { randomBytes } from 'node:crypto';
import { connect } from '@entrepot/database/database';
import { type IdKind, newUuid, requireUuid, typeId } from '@entrepot/kernel/ids';
import { encodeViewer, type Viewer } from '@entrepot/kernel/viewer';
import { createLogger } from '@entrepot/telemetry/logger';
import { createRegistry } from '@entrepot/telemetry/metrics';
import { createGraphQLClient } from '@entrepot/testing/graphql-client';
import { createTestDatabase } from '@entrepot/testing/test-database';
import { serveProducts } from '../src/serve-products.ts';
import { createStores } from '../src/store/stores.ts';

const GATEWAY_CREDENTIAL = 'a credential that only tests know of';

/** Whatever a test's own query selects: the test's assertions are what checks it. */
// biome-ignore lint/suspicious/noExplicitAny: the shape is in the query text
type Json = any;
type Payload = { userErrors: { code: string; message: string; path: string[] }[]; [field: string]: Json };

/** Somebody with a password and no role; every call makes another one. */
export const shopper = (): Viewer => ({ id: typeId('usr', newUuid()), kind: 'CUSTOMER', roles: [] });

/**
 * The products service on a database of its own, asked as the gateway asks. No relay runs: the outbox keeps every event
 * for the tests to read.
 */
export async function startProductsFixture() {
  const testDatabase = await createTestDatabase('products');
  const logger = createLogger({ service: 'products', level: 'silent' });
  const registry = createRegistry('products');
  const { url } = testDatabase;
  const database = connect({ url, poolSize: 10, applicationName: 'products-test', logger, registry });
  const stores = createStores(database.pool, () => undefined);
  const config = { HOST: '127.0.0.1', PORT: 0, GATEWAY_CREDENTIAL, DRAIN_MS: 0, READY_DRAIN_MS: 0 };
  const ready = async () => [];
  const server = await serveProducts({ config, logger, registry, database, replica: undefined, stores, ready });
  const manager: Viewer = { ...shopper(), roles: ['CATALOGUE_MANAGER'] };

  const asGateway = createGraphQLClient(`${server.url}/graphql`, { 'x-gateway-credential': GATEWAY_CREDENTIAL });
  const ask = (query: string, variables: object = {}, viewer?: Viewer) =>
    asGateway<Json>(query, variables, viewer && { 'x-viewer': encodeViewer(viewer) });
  const mutate = async (
    name: string,
    type: string,
    input: object,
    selection: string,
    as: Viewer = manager,
  ): Promise<Payload> => {
    const mutation = `mutation($input: ${type}!) { ${name}(input: $input) { ${selection} userErrors { code message path } } }`;
    const { data, errors } = await ask(mutation, { input }, as);
    if (errors) throw new Error(JSON.stringify(errors));
    return data[name];
  };
  const unique = (prefix: string) => `${prefix}-${randomBytes(5).toString('hex')}`;
  const selection = 'product { id slug name variants { id sku } }';

  return {
    url: server.url,
    pool: database.pool,
    stores,
    manager,
    unique,
    ask,
    mutate,
    uuid: (kind: IdKind, id: string) => requireUuid(kind, id),
    tryCreateProduct: (input: object) =>
      ask(
        `mutation($input: CreateProductInput!) { createProduct(input: $input) { ${selection} } }`,
        { input },
        manager,
      ),
    createProduct: (input: object, fields = 'id') =>
      mutate('createProduct', 'CreateProductInput', input, `product { ${fields} }`),
    createCategory: async (input: object) =>
      (await mutate('createCategory', 'CreateCategoryInput', input, 'category { id slug }')).category,
    /** A product of one variant at 2.50 GBP with ten in stock. */
    aProduct: async (over: object = {}) => {
      const variant = { sku: unique('SKU'), price: { amount: '2.50', currencyCode: 'GBP' }, openingStock: 10 };
      const input = { name: unique('Product'), variants: [variant], ...over };
      return (await mutate('createProduct', 'CreateProductInput', input, selection)).product;
    },
    count: async (table: string, where = 'true'): Promise<number> => {
      const { rows } = await database.pool.query(`SELECT count(*)::int AS count FROM ${table} WHERE ${where}`);
      return rows[0].count;
    },
    /** The data of a key's events of a type, newest first. */
    events: async (type: string, key: string): Promise<Json[]> => {
      const text = `SELECT envelope->'data' AS data FROM outbox WHERE key = $1 AND envelope->>'type' = $2 ORDER BY seq DESC`;
      return (await database.pool.query(text, [key, type])).rows.map(({ data }) => data);
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
export type ProductsFixture = Awaited<ReturnType<typeof startProductsFixture>>;

async function statementsOf(registry: ReturnType<typeof createRegistry>): Promise<number> {
  const metric = await registry.getSingleMetric('db_statements_total')?.get();
  return metric?.values[0]?.value ?? 0;
}
