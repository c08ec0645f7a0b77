import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { composeServices } from '@apollo/composition';
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { serveApollo } from '@entrepot/http/apollo';
import { decodeViewer, type Viewer } from '@entrepot/kernel/viewer';
import { createLogger } from '@entrepot/telemetry/logger';
import { createRegistry } from '@entrepot/telemetry/metrics';
import { createGraphQLClient } from '@entrepot/testing/graphql-client';
import { parse } from 'graphql';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { loadConfig } from '../src/config.ts';
import { startGateway } from '../src/start-gateway.ts';

export const CREDENTIAL = randomBytes(24).toString('hex');
export const FEDERATION = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.12", import: ["@key", "@shareable", "@external"])`;

/** What the resolvers of a test's subgraph get, and what they say of their answer. */
export type Scope = {
  viewer: Viewer | undefined;
  headers: IncomingHttpHeaders;
  tags: Set<string>;
  cacheControl: string | undefined;
};
type Values = { id: string; price: number };
type Resolvers = Record<string, Record<string, (parent: Values, args: Values, scope: Scope) => unknown>>;

export type Subgraph = {
  name: string;
  sdl: string;
  url: string;
  /** The headers of the requests it has had. */
  requests: IncomingHttpHeaders[];
  /** Answers instead of GraphQL, when set. */
  fault: ((response: ServerResponse) => void) | undefined;
  stop(): Promise<void>;
};

/** A real subgraph over real HTTP, small enough for a test to see through. */
export async function startSubgraph(name: string, sdl: string, resolvers: Resolvers): Promise<Subgraph> {
  const typeDefs = parse(`${FEDERATION}\n${sdl}`);
  const server = new ApolloServer<Scope>({
    schema: buildSubgraphSchema([{ typeDefs, resolvers }]),
    csrfPrevention: false,
    stopOnTerminationSignals: false,
    logger: createLogger({ service: name, level: 'silent' }),
    plugins: [
      // It would put its own Cache-Control in the place of the resolvers'.
      ApolloServerPluginCacheControlDisabled(),
      {
        requestDidStart: async () => ({
          willSendResponse: async ({ contextValue: { cacheControl, tags }, response }) => {
            if (cacheControl !== undefined) response.http.headers.set('cache-control', cacheControl);
            if (response.body.kind === 'single' && tags.size > 0)
              response.body.singleResult.extensions = { cacheTags: [...tags] };
          },
        }),
      },
    ],
  });
  await server.start();
  const graphql = serveApollo({
    server,
    context: ({ headers }) => ({
      viewer: typeof headers['x-viewer'] === 'string' ? decodeViewer(headers['x-viewer']) : undefined,
      headers,
      tags: new Set<string>(),
      cacheControl: undefined,
    }),
  });
  const http = createServer((request, response) => {
    subgraph.requests.push(request.headers);
    if (subgraph.fault) subgraph.fault(response);
    else graphql(request, response).catch(() => response.destroy());
  });
  const url = await listenOn(http);
  const subgraph: Subgraph = {
    name,
    sdl: `${FEDERATION}\n${sdl}`,
    url: `${url}/graphql`,
    requests: [],
    fault: undefined,
    stop: async () => {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
      await server.stop();
    },
  };
  onTestFinished(() => subgraph.stop());
  return subgraph;
}

export function compose(...subgraphs: Pick<Subgraph, 'name' | 'sdl' | 'url'>[]): string {
  const { supergraphSdl, errors } = composeServices(
    subgraphs.map(({ name, sdl, url }) => ({ name, url, typeDefs: parse(sdl) })),
  );
  if (supergraphSdl === undefined) throw new Error(`does not compose: ${errors?.map(({ message }) => message)}`);
  return supergraphSdl;
}

/** A gateway of its own, in this process, over the supergraph; stopped when the test ends. */
export async function startTestGateway(supergraph: string, env: Record<string, string> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'entrepot-gateway-'));
  const file = join(folder, 'supergraph.graphql');
  await writeFile(file, supergraph);
  const config = loadConfig(
    { PORT: '0', SUPERGRAPH: file, GATEWAY_CREDENTIAL: CREDENTIAL, DRAIN_MS: '2000', ...env },
    [],
  );
  const logged: string[] = [];
  const logger = createLogger({
    service: 'gateway',
    level: 'info',
    destination: { write: (line: string) => void logged.push(line) },
  });
  const registry = createRegistry('gateway');
  const { url, stop } = await startGateway({ config, logger, registry });
  let isStopped = false;
  const end = async () => {
    if (isStopped) return;
    isStopped = true;
    for (const [, act] of stop) await act();
    await rm(folder, { recursive: true });
  };
  onTestFinished(end);
  const metric = async (name: string, labels: Record<string, string> = {}) => {
    const { values = [] } = (await registry.getSingleMetric(name)?.get()) ?? {};
    const matches = values.filter((value) =>
      Object.entries(labels).every(([key, want]) => Object(value.labels)[key] === want),
    );
    return matches.reduce((sum, { value }) => sum + value, 0);
  };
  const ask = createGraphQLClient(url);
  return { url, file, ask, logged, metric, end, replaceSupergraph: (sdl: string) => writeFile(file, sdl) };
}

/** An issuer of access tokens with its JWKS on real HTTP. */
export async function startIssuer() {
  const keyed = async (kid: string) => {
    const pair = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
    return { kid, ...pair, jwk: { ...(await exportJWK(pair.publicKey)), kid, alg: 'EdDSA', use: 'sig' } };
  };
  let keys = [await keyed('one')];
  let isDown = false;
  let fetches = 0;
  const http = createServer((_, response) => {
    fetches++;
    if (isDown) response.destroy();
    else response.end(JSON.stringify({ keys: keys.map(({ jwk }) => jwk) }));
  });
  const url = await listenOn(http);
  onTestFinished(() => {
    http.closeAllConnections();
    http.close();
  });
  type TokenOptions = { expiresIn?: string | number; issuer?: string; kid?: string; claims?: object };
  return {
    url: `${url}/jwks.json`,
    fetches: () => fetches,
    setDown: (down: boolean) => {
      isDown = down;
    },
    rotate: async (kid: string) => {
      keys = [await keyed(kid)];
    },
    stranger: () => keyed('one'),
    token: (id: string, roles: string[] = [], options: TokenOptions = {}, signer = keys.at(-1)) => {
      if (!signer) throw new Error('no key');
      const { expiresIn = '5m', issuer = 'entrepot', kid = signer.kid, claims = {} } = options;
      return new SignJWT({ kind: 'CUSTOMER', roles, ...claims })
        .setProtectedHeader({ alg: 'EdDSA', kid })
        .setIssuer(issuer)
        .setSubject(id)
        .setIssuedAt()
        .setExpirationTime(expiresIn)
        .sign(signer.privateKey);
    },
  };
}

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const Errors = z.object({ errors: z.array(z.object({ extensions: z.object({ code: z.string() }) })).default([]) });
export const codes = (answer: unknown) => Errors.parse(answer).errors.map(({ extensions }) => extensions.code);

export async function listenOn(http: ReturnType<typeof createServer>): Promise<string> {
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const address = http.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  return `http://127.0.0.1:${address.port}`;
}
