import { createServer, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { codesOf, openSubgraph } from './replica.ts';

/** A server that writes what it likes. */
async function startRaw(onRequest: (socket: Socket, requests: number) => void) {
  let requests = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('data', () => onRequest(socket, ++requests));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${port}/`, connections: () => sockets.size, requests: () => requests };
}
const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 16\r\n\r\n{"data":{"a":1}}';

describe('a connection', () => {
  it('on which a second response came with the first is not used again', async () => {
    const raw = await startRaw((socket) =>
      socket.write(`${OK}HTTP/1.1 200 OK\r\ncontent-length: 22\r\n\r\n{"data":{"a":"stolen"}}`),
    );
    const { ask } = openSubgraph(raw.url);
    for (let time = 0; time < 3; time++) expect((await ask()).data).toEqual({ a: 1 });
    expect(raw.connections()).toBe(3);
  });

  it('on which something came that nobody asked for is not used again', async () => {
    const raw = await startRaw((socket, requests) => {
      socket.write(OK);
      if (requests === 1) setImmediate(() => socket.write(OK.replace('1}}', '2}}')));
    });
    const { ask } = openSubgraph(raw.url);
    expect((await ask()).data).toEqual({ a: 1 });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await ask()).data).toEqual({ a: 1 });
    expect(raw.connections()).toBe(2);
  });

  it('that was closed under a request is opened anew, once, for a query and never for a mutation', async () => {
    const raw = await startRaw((socket, requests) => (requests % 2 === 1 ? socket.write(OK) : socket.destroy()));
    const { ask, metric } = openSubgraph(raw.url);
    await ask();
    // The second request is cut off, the third is its repetition.
    expect((await ask()).data).toEqual({ a: 1 });
    expect(raw.requests()).toBe(3);
    expect(codesOf(await ask({ kind: 'mutation', query: 'mutation { a }' }))).toEqual(['UNAVAILABLE']);
    expect(raw.requests()).toBe(4);
    expect(await metric('subgraph_retries_total', { outcome: 'sent' })).toBe(1);
  });

  it('that falls idle is closed before the server closes it', async () => {
    const raw = await startRaw((socket) => socket.write(OK.replace('\r\n\r\n', '\r\nkeep-alive: timeout=1\r\n\r\n')));
    const { ask } = openSubgraph(raw.url);
    await ask();
    await ask();
    expect(raw.connections()).toBe(2);
  });
});
