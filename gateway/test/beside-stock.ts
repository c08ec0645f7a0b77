import { ApolloGateway, RemoteGraphQLDataSource } from '@apollo/gateway';
import { ApolloServer } from '@apollo/server';
import { createLogger } from '@entrepot/telemetry/logger';
import { startTestGateway } from './fixture.ts';

/** What @apollo/gateway itself answers over the same subgraphs. */
async function stockAnswer(supergraphSdl: string, query: string) {
  process.env.APOLLO_TELEMETRY_DISABLED = 'true';
  const logger = createLogger({ service: 'stock', level: 'silent' });
  const buildService = ({ url = '' }) => new RemoteGraphQLDataSource({ url });
  const gateway = new ApolloGateway({ supergraphSdl, buildService, logger });
  const server = new ApolloServer({ gateway, logger });
  await server.start();
  const { body } = await server.executeOperation({ query });
  await server.stop();
  if (body.kind !== 'single') throw new Error('not one answer');
  const { data = null, errors = [] } = body.singleResult;
  return { data: JSON.parse(JSON.stringify(data)), errors: errors.length };
}

/** What ours answers, and what stock does. */
export async function answers(supergraph: string, query: string) {
  const { ask } = await startTestGateway(supergraph);
  const { data, errors = [] } = await ask(query);
  return { ours: { data: data ?? null, errors: errors.length }, stock: await stockAnswer(supergraph, query) };
}
