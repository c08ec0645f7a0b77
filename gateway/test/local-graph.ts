import { composeServices } from '@apollo/composition';
import { ApolloGateway, type GraphQLDataSource } from '@apollo/gateway';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { buildSchema, type ExecutionResult, type GraphQLSchema, graphql, parse } from 'graphql';
import type { Denials } from '../src/auth/denials.ts';
import { createRequestContext } from '../src/execute/request-context.ts';
import type { AskSubgraph, SubgraphCall } from '../src/execute/subgraph-call.ts';
import type { IncrementalSpec } from '../src/plan/incremental-format.ts';
import { startPlanner } from '../src/plan/planner.ts';
import { createOperations } from '../src/plan/prepare-operations.ts';
import type { Payload } from '../src/plan/prepared-operation.ts';

type Values = Record<string, unknown>;
type Resolver = (parent: Values, args: Values) => unknown;
export type LocalSubgraph = {
  name: string;
  sdl: string;
  resolvers: Record<string, Record<string, Resolver>>;
};

const FEDERATION = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@external",
  "@requires", "@provides", "@interfaceObject", "@override", "@inaccessible"])`;

/** Subgraphs in this process: real schemas and resolvers, with no network between them and who asks. */
export function createLocalGraph(subgraphs: readonly LocalSubgraph[]) {
  const schemas = new Map<string, GraphQLSchema>();
  const services = subgraphs.map(({ name, sdl, resolvers }) => {
    const typeDefs = parse(`${FEDERATION}\n${sdl}`);
    schemas.set(name, buildSubgraphSchema([{ typeDefs, resolvers: Object(resolvers) }]));
    return { name, url: `http://${name}`, typeDefs };
  });
  const { supergraphSdl, errors } = composeServices(services);
  if (supergraphSdl === undefined) throw new Error(`does not compose: ${errors?.map(({ message }) => message)}`);

  const calls: SubgraphCall[] = [];
  const execute = async (name: string, source: string, variableValues: Values): Promise<ExecutionResult> => {
    const schema = schemas.get(name);
    if (!schema) throw new Error(`no subgraph ${name}`);
    const result = await graphql({ schema, source, variableValues, contextValue: {} });
    // As it would arrive over a network.
    return JSON.parse(JSON.stringify(result));
  };
  const ask: AskSubgraph = async (call) => {
    calls.push(call);
    const representations = call.representations?.map((one): unknown => JSON.parse(one));
    const variables: Values = { ...JSON.parse(call.variables), ...(representations && { representations }) };
    const { data = null, errors: failed = [] } = await execute(call.subgraph, call.query, variables);
    return {
      data,
      errors: failed.map(({ message, path }) => ({ message, ...(path && { path }), extensions: { code: 'TEST' } })),
    };
  };
  const supergraph: string = supergraphSdl;
  return { supergraphSdl: supergraph, ask, calls, execute };
}

type Graph = ReturnType<typeof createLocalGraph>;

/** Our executor over such subgraphs. */
export async function startOurs({ supergraphSdl, ask }: Pick<Graph, 'supergraphSdl' | 'ask'>) {
  const planner = await startPlanner(supergraphSdl);
  const schema = buildSchema(planner.facts.apiSdl, { assumeValid: true });
  const operations = createOperations({ schema, planner, hidesSchema: false, maxOperations: 500, onInvalid: () => {} });
  const prepare = (text: string, options: { denials?: Denials; roll?: number } = {}) =>
    operations.prepare({ hash: text, text, node: parse(text) }, undefined, options.denials, options.roll);
  const context = () => createRequestContext({ viewer: undefined, authorization: undefined }, Date.now() + 10_000);
  return {
    schema,
    prepare,
    end: () => planner.retire(),
    ask: async (text: string, variables: Values = {}, options: { denials?: Denials; roll?: number } = {}) => {
      const executed = await (await prepare(text, options)).execute(variables, context(), ask);
      const answer: { data?: Values | null; errors?: { message: string; path?: unknown[] }[] } = JSON.parse(
        executed.body.toString(),
      );
      return answer;
    },
    incrementally: async (text: string, variables: Values = {}, spec: IncrementalSpec = '20220824') => {
      const { executeIncrementally } = await prepare(text);
      if (!executeIncrementally) throw new Error('nothing is deferred');
      const payloads: unknown[] = [];
      const parts: AsyncIterable<Payload> = executeIncrementally(variables, context(), ask, spec);
      for await (const { body } of parts) payloads.push(JSON.parse(body));
      return payloads;
    },
  };
}

const QUIET = { debug() {}, info() {}, warn() {}, error() {} };

/** @apollo/gateway's executor over the same. */
export async function startStock({ supergraphSdl, execute }: Pick<Graph, 'supergraphSdl' | 'execute'>) {
  process.env.APOLLO_TELEMETRY_DISABLED = 'true';
  const buildService = ({ name }: { name: string }): GraphQLDataSource => ({
    process: async ({ request }) => Object(await execute(name, request.query ?? '', { ...request.variables })),
  });
  const gateway = new ApolloGateway({ supergraphSdl, buildService, logger: QUIET });
  const { executor } = await gateway.load({ apollo: {} });
  const ask = async (query: string, variables: Values = {}) => {
    const request = { query, variables };
    const rest = { queryHash: query, source: query, operationName: null, context: {}, metrics: {}, logger: console };
    const result = await executor(Object({ request, document: parse(query), ...rest }));
    const answer: { data?: Values | null; errors?: { message: string; path?: unknown[] }[] } = JSON.parse(
      JSON.stringify(result),
    );
    return answer;
  };
  return { ask, end: () => gateway.stop() };
}
