import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { ENDLESS, LIMITED, shelfOf } from '../overload-load.ts';

/** A subgraph that can do so much at once and no more, and lets everything else wait without end: a service with a database behind it. */
const { parallel, workMs, things } = process.argv[2] === 'endless' ? ENDLESS : LIMITED;
const shelf = Buffer.from(JSON.stringify({ data: { shelf: shelfOf(things) } }));
const bought = Buffer.from(JSON.stringify({ data: { buy: true } }));
let running = 0;
const waiting: (() => void)[] = [];

const server = createServer(async (request, response) => {
  let text = '';
  for await (const chunk of request) text += chunk;
  if (running >= parallel) await new Promise<void>((wake) => waiting.push(wake));
  running++;
  if (workMs > 0) await sleep(workMs);
  running--;
  waiting.shift()?.();
  const body = text.includes('mutation') ? bought : shelf;
  const length = { 'content-length': body.length };
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store', ...length });
  response.end(body);
});
server.keepAliveTimeout = 120_000;
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address) process.send?.({ url: `http://127.0.0.1:${address.port}` });
});
process.once('disconnect', () => process.exit());
