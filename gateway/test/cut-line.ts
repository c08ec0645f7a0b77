import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** The same server behind a line that a test can cut, and mend. */
export async function startCutLine(serverUrl: string) {
  const server = new URL(serverUrl);
  const sockets = new Set<Socket>();
  let isCut = false;
  const line = createServer((near) => {
    if (isCut) return void near.destroy();
    const far = connect(Number(server.port), server.hostname);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.pipe(other);
      one.on('error', () => {});
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  line.listen(0, '127.0.0.1');
  await once(line, 'listening');
  const cut = () => {
    isCut = true;
    for (const socket of sockets) socket.destroy();
  };
  onTestFinished(() => {
    cut();
    line.close();
  });
  const address = line.address();
  if (typeof address !== 'object' || address === null) throw new Error('no address');
  const url = new URL(serverUrl);
  url.host = `127.0.0.1:${address.port}`;
  const mend = () => {
    isCut = false;
  };
  return { url: url.href, cut, mend };
}
