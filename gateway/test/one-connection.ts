import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { connect } from 'node:net';
import { onTestFinished } from 'vitest';

export type Reply = { status: number; head: readonly string[]; text: string };

/** A connection on which each request goes out as one piece, as most clients and proxies send theirs. */
export async function openConnection(url: string) {
  const { hostname, port, host } = new URL(url);
  const socket = connect(Number(port), hostname);
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  let received = Buffer.alloc(0);
  let wake = () => {};
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    wake();
  });
  const take = (): Reply | undefined => {
    const end = received.indexOf('\r\n\r\n');
    const head = received.toString('latin1', 0, Math.max(0, end)).split('\r\n');
    const length = Number(head.find((line) => /^content-length:/i.test(line))?.split(':')[1]);
    if (end === -1 || received.length < end + 4 + length) return undefined;
    const text = received.toString('utf8', end + 4, end + 4 + length);
    received = received.subarray(end + 4 + length);
    return { status: Number(head[0]?.split(' ')[1]), head, text };
  };
  const next = async (): Promise<Reply> => {
    for (let reply = take(); ; reply = take()) {
      if (reply) return reply;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  };
  const write = (headers: Readonly<Record<string, string>>, body: string) => {
    const all = { host, 'content-type': 'application/json', ...headers, 'content-length': Buffer.byteLength(body) };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`POST / HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
  };
  return {
    post(body: string, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
      write(headers, body);
      return next();
    },
    write,
    next,
  };
}

/** How many requests node:http reads in this process meanwhile. */
export async function countRead(act: () => Promise<unknown>): Promise<number> {
  let count = 0;
  const see = () => count++;
  subscribe('http.server.request.start', see);
  try {
    await act();
  } finally {
    unsubscribe('http.server.request.start', see);
  }
  return count;
}
