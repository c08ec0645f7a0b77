import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { makersOf, SHELF } from '../faults-load.ts';

/** A process of a subgraph that fails a part of its requests with a 503, spread evenly: `--port N --fails 0.2`. */
const { values } = parseArgs({
  options: { port: { type: 'string', default: '0' }, fails: { type: 'string', default: '0' } },
});
const share = Number(values.fails);
let owed = Math.random();

const server = createServer(async (request, response) => {
  let text = '';
  for await (const chunk of request) text += chunk;
  owed += share;
  if (owed >= 1) {
    owed--;
    return response.writeHead(503).end();
  }
  const data = text.includes('_entities') ? makersOf(JSON.parse(text).variables.representations) : SHELF;
  const body = JSON.stringify({ data });
  const length = { 'content-length': body.length };
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store', ...length });
  response.end(body);
});
server.keepAliveTimeout = 120_000;
server.listen(Number(values.port), '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address) process.send?.({ port: address.port });
});
process.once('disconnect', () => process.exit());
