import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { LIMITED } from '../overload-load.ts';

/** A subgraph that can do so much at once and no more, and lets everything else wait without end: a service with a database behind it. */
let running = 0;
const waiting: (() => void)[] = [];

const server = createServer(async (request, response) => {
  let text = '';
  for await (const chunk of request) text += chunk;
  if (running >= LIMITED.parallel) await new Promise<void>((wake) => waiting.push(wake));
  running++;
  await sleep(LIMITED.workMs);
  running--;
  waiting.shift()?.();
  const data = text.includes('mutation') ? { buy: true } : { shelf: LIMITED.shelf };
  response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify({ data }));
});
server.keepAliveTimeout = 120_000;
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address) process.send?.({ url: `http://127.0.0.1:${address.port}` });
});
process.once('disconnect', () => process.exit());
