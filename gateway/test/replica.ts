import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { createLogger } from '@entrepot/telemetry/logger';
import { createRegistry } from '@entrepot/telemetry/metrics';
import { onTestFinished } from 'vitest';
import { createPolicyCollector } from '../src/cache/policy.ts';
import type { RequestContext } from '../src/execute/request-context.ts';
import type { SubgraphCall } from '../src/execute/subgraph-call.ts';
import { createMetrics } from '../src/metrics.ts';
import type { BuildService } from '../src/subgraphs/ask-by-source.ts';
import { createSubgraphs } from '../src/subgraphs/subgraphs.ts';
import type { Tuning } from '../src/subgraphs/tuning.ts';

type Asked = { line: string; headers: IncomingHttpHeaders; body: string; response: ServerResponse };
export type Answering = (asked: Asked) => void;

export const json =
  (text = '{"data":{"a":1}}', status = 200, headers: Record<string, string> = {}): Answering =>
  ({ response }) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
  };

/** One process of a subgraph: a real HTTP server that answers as the test says. */
export async function startReplica(answering: Answering = json()) {
  const asked: Asked[] = [];
  const sockets = new Set<Socket>();
  const http = createServer((request, response) => {
    void readAll(request).then((body) => {
      const one = { line: `${request.method} ${request.url}`, headers: request.headers, body, response };
      asked.push(one);
      replica.answering(one);
    });
  });
  // Longer than any test rests, however slow the machine: a connection closed under a request would count as a failure.
  http.keepAliveTimeout = 60_000;
  http.on('connection', (socket) => {
    sockets.add(socket.on('close', () => sockets.delete(socket)).on('error', () => {}));
  });
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => http.once('error', reject).listen(port, '127.0.0.1', resolve));
  const port = await listenSomewhere(listen);
  const kill = async () => {
    const closed = new Promise((resolve) => http.close(resolve));
    for (const socket of sockets) socket.resetAndDestroy();
    await closed;
  };
  const replica = {
    url: `http://127.0.0.1:${port}/graphql`,
    answering,
    asked,
    connections: () => sockets.size,
    /** As SIGKILL would: what runs is reset, and nobody listens any more. */
    kill,
    restart: () => listen(port),
  };
  onTestFinished(kill);
  return replica;
}

/** Below the ports that the system gives to outgoing connections, or one of these could have it when it is to be listened on again. */
async function listenSomewhere(listen: (port: number) => Promise<void>, tries = 50): Promise<number> {
  const port = 20_000 + Math.floor(Math.random() * 12_000);
  try {
    await listen(port);
    return port;
  } catch (error) {
    if (tries === 0) throw error;
    return listenSomewhere(listen, tries - 1);
  }
}

async function readAll(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request.setEncoding('utf8').on('error', () => {})) body += chunk;
  return body;
}

type SubgraphOptions = {
  tuning?: Partial<Tuning>;
  timeoutMs?: number;
  credential?: string;
  buildService?: BuildService;
  healthPaths?: ReadonlyMap<string, string>;
};

/** The gateway's way to one subgraph, without a gateway around it. */
export function openSubgraph(url: string, options: SubgraphOptions = {}) {
  const logged: string[] = [];
  const destination = { write: (line: string) => void logged.push(line) };
  const registry = createRegistry('gateway');
  const { timeoutMs = 5_000, credential, tuning, ...rest } = options;
  const subgraphs = createSubgraphs({
    ...rest,
    // Without the listening for silence, which a test machine out of breath would be taken for.
    tuning: { silenceMs: 60_000, ...tuning },
    urls: new Map(),
    timeoutMs,
    credential,
    metrics: createMetrics(registry, []),
    logger: createLogger({ service: 'gateway', level: 'info', destination }),
  });
  onTestFinished(() => subgraphs.close());
  const ask = subgraphs.of([{ name: 'things', url }]);
  const metric = async (name: string, labels: Record<string, string> = {}) => {
    const { values = [] } = (await registry.getSingleMetric(name)?.get()) ?? {};
    const matches = values.filter((value) =>
      Object.entries(labels).every(([key, want]) => Object(value.labels)[key] === want),
    );
    return matches.reduce((sum, { value }) => sum + value, 0);
  };
  return { ask: (over?: Partial<SubgraphCall>) => ask(aCall(over)), metric, logged, close: subgraphs.close };
}

/** A query that equals no other one, so that none is shared. */
export function aCall(over: Partial<SubgraphCall> = {}): SubgraphCall {
  const query = over.query ?? '{ a }';
  return {
    subgraph: 'things',
    query,
    id: query,
    operationName: undefined,
    kind: 'query',
    variables: `{"n":${serial++}}`,
    representations: undefined,
    context: aContext(),
    ...over,
  };
}
let serial = 0;

export function aContext({ timeoutMs = 5_000, ...over }: Partial<RequestContext> & { timeoutMs?: number } = {}) {
  const known = { deadline: Date.now() + timeoutMs, operationName: undefined, isMutation: false, errors: undefined };
  return { viewer: undefined, authorization: undefined, policy: createPolicyCollector(), known, ...over };
}

export const codesOf = ({ errors }: { errors: readonly { extensions?: Record<string, unknown> | undefined }[] }) =>
  errors.map(({ extensions }) => extensions?.code);
