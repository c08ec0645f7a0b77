import { sendJson } from '@entrepot/http/respond';
import { Fault } from '@entrepot/kernel/fault';
import { Rejection } from '@entrepot/kernel/rejection';
import { encodeViewer, type Viewer } from '@entrepot/kernel/viewer';
import { createLogger } from '@entrepot/telemetry/logger';
import { createRegistry } from '@entrepot/telemetry/metrics';
import { onTestFinished } from 'vitest';
import { payload } from '../src/payload.ts';
import { scalars } from '../src/scalars.ts';
import { type RequestScope, startSubgraph } from '../src/subgraph-server.ts';
import { requireRole } from '../src/viewer.ts';

export const CREDENTIAL = 'a credential of the gateway, long enough';

const variants = new Map([
  ['var_1', { id: 'var_1', sku: 'A', price: { amount: '12.50', currencyCode: 'GBP' } }],
  ['var_2', { id: 'var_2', sku: 'B', price: { amount: 12.5, currencyCode: 'GBP' } }],
]);

/** As much of the products graph as it takes to ask for everything that is the same in all subgraphs. */
const resolvers = {
  ...scalars,
  Query: {
    product: (_: unknown, { id }: { id?: string }) => {
      if (id === 'bug') throw new Error('SELECT * FROM products at db.internal:5432');
      if (id === 'fault') throw new Fault('INVALID_ID', 'that is no id');
      return id === 'prod_1' ? { id, name: 'Tea' } : null;
    },
    variant: (_: unknown, { id }: { id: string }) => variants.get(id),
    products: (_: unknown, _arguments: unknown, { cacheTags }: RequestScope) => {
      cacheTags.add('Product');
      return { nodes: [{ id: 'prod_1', name: 'Tea' }], edges: [], pageInfo: {} };
    },
  },
  Mutation: {
    createCategory: (_: unknown, { input }: { input: { name: string } }, { viewer }: RequestScope) =>
      payload(async () => {
        requireRole(viewer, 'CATALOGUE_MANAGER');
        if (input.name === '') throw new Rejection('INVALID_NAME', 'the name is empty', ['input', 'name']);
        return { category: { id: 'cat_1', ...input } };
      }),
  },
  ProductVariant: {
    __resolveReference: ({ id }: { id: string }) => variants.get(id) ?? null,
    stock: () => ({ onHand: 1, reserved: 0, available: 1 }),
  },
};

/** A running subgraph for one test, its log, and a way to ask it as the gateway does. */
export async function startSmallProducts({ ready = () => [] }: { ready?: () => readonly string[] } = {}) {
  const lines: Record<string, unknown>[] = [];
  const scopes: RequestScope[] = [];
  const { url, close } = await startSubgraph({
    name: 'products',
    config: { HOST: '127.0.0.1', PORT: 0, GATEWAY_CREDENTIAL: CREDENTIAL, DRAIN_MS: 1_000, READY_DRAIN_MS: 0 },
    logger: createLogger({ service: 'products', destination: { write: (line) => lines.push(JSON.parse(line)) } }),
    registry: createRegistry('products'),
    resolvers,
    context: (scope) => {
      scopes.push(scope);
      return scope;
    },
    ready,
    routes: { '/.well-known/open': (_, response) => sendJson(response, 200, { open: true }) },
  });
  onTestFinished(close);

  const post = (body: string, headers: Record<string, string> = {}) =>
    fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-gateway-credential': CREDENTIAL, ...headers },
      body,
    });
  const ask = async (query: string, variables = {}, headers: Record<string, string> = {}) => {
    const response = await post(JSON.stringify({ query, variables }), headers);
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, ...JSON.parse(text) };
  };
  return { url, post, ask, lines, scopes };
}

export const as = (viewer: Viewer) => ({ 'x-viewer': encodeViewer(viewer) });
export const shopper: Viewer = { id: 'usr_1', kind: 'CUSTOMER', roles: [] };
export const clerk: Viewer = { ...shopper, roles: ['CATALOGUE_MANAGER'] };
