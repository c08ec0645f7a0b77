import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { execute, type GraphQLSchema, parse } from 'graphql';
import { shapes } from '../shapes/shapes.ts';
import { subgraphSchema } from '../supergraph.ts';

/**
 * All subgraphs of all shapes, at `/<mode>/<shape>/<subgraph>`. A question is executed once and its answer kept, because
 * what is measured is the gateway; the data never changes. Modes: `plain` must not be cached, `cacheable` may be,
 * `slow` takes 4 ms.
 */
const MAX_KEPT = 20_000;
const SLOW_MS = 4;
const CACHE_CONTROL = new Map([
  ['plain', 'no-store'],
  ['cacheable', 'public, max-age=600'],
  ['slow', 'no-store'],
]);

const schemas = new Map<string, GraphQLSchema>(
  shapes.flatMap((shape) =>
    shape.subgraphs.map((subgraph) => [`${shape.name}/${subgraph.name}`, subgraphSchema(subgraph)] as const),
  ),
);
const kept = new Map<string, Buffer>();
let requests = 0;

const server = createServer((request, response) => {
  // What one gateway asks wrongly must not end the measurement of all others.
  respond(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)));
});
server.keepAliveTimeout = 120_000;

server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address) process.send?.({ url: `http://127.0.0.1:${address.port}` });
});
process.once('disconnect', () => process.exit());

async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [, mode = '', ...rest] = (request.url ?? '').split('/');
  if (mode === 'requests') return void response.end(String(requests));
  const place = rest.join('/');
  const body = await read(request);
  const cameAt = performance.now();
  requests++;
  const key = `${place}\n${body}`;
  const answer = kept.get(key) ?? (await answerFirst(place, body));
  if (kept.size < MAX_KEPT) kept.set(key, answer);
  if (mode === 'slow') await until(cameAt + SLOW_MS);
  response.writeHead(200, {
    'content-type': 'application/json',
    'content-length': answer.length,
    'cache-control': CACHE_CONTROL.get(mode) ?? 'no-store',
  });
  response.end(answer);
}

/** To a tenth of a millisecond: a timer alone is late by up to one, which four steps in a row would add up. */
async function until(moment: number): Promise<void> {
  await sleep(Math.max(1, moment - performance.now() - 2));
  while (performance.now() < moment) await turn();
}

async function answerFirst(place: string, body: string): Promise<Buffer> {
  const schema = schemas.get(place);
  if (schema === undefined) throw new Error(`no subgraph '${place}'`);
  const { query, variables, operationName } = JSON.parse(body);
  const result = await execute({ schema, document: parse(query), variableValues: variables, operationName });
  return Buffer.from(JSON.stringify(result));
}

function read(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    request.once('error', reject);
  });
}
