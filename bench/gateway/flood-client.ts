import { connect, type Socket } from 'node:net';

type FloodAnswer = { readonly status: number; readonly body: Buffer };

/** A client that costs little: bytes out, bytes in, one request at a time on each of its connections. */
export type FloodClient = {
  send(bytes: Buffer): Promise<FloodAnswer>;
  close(): void;
};

type Job = { readonly bytes: Buffer; resolve(answer: FloodAnswer): void; reject(error: Error): void };
const END_OF_HEAD = Buffer.from('\r\n\r\n');

/** Opens all connections first: how long that takes is not what is measured. */
export async function createFloodClient(url: string, connections: number): Promise<FloodClient> {
  const { hostname, port } = new URL(url);
  const idle: ((job: Job) => void)[] = [];
  const waiting: Job[] = [];
  const sockets: Socket[] = [];

  const open = async () => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    sockets.push(socket);
    serve(socket);
  };

  const serve = (socket: Socket) => {
    let job: Job | undefined;
    let status = 0;
    let missing = -1;
    let chunks: Buffer[] = [];
    const start = (next: Job) => {
      job = next;
      socket.write(next.bytes);
    };
    const next = () => {
      const waits = waiting.shift();
      if (waits) start(waits);
      else idle.push(start);
    };
    socket.on('data', (chunk) => {
      let body = chunk;
      if (missing === -1) {
        const end = chunk.indexOf(END_OF_HEAD);
        const head = chunk.toString('latin1', 0, end);
        status = Number(head.slice(9, 12));
        missing = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1]);
        body = chunk.subarray(end + 4);
      }
      chunks.push(body);
      missing -= body.length;
      if (missing !== 0) return;
      const done = job;
      const answer = { status, body: chunks.length === 1 ? body : Buffer.concat(chunks) };
      job = undefined;
      missing = -1;
      chunks = [];
      next();
      done?.resolve(answer);
    });
    const fail = () => {
      job?.reject(new Error('the connection was closed'));
      job = undefined;
      const place = idle.indexOf(start);
      if (place !== -1) idle.splice(place, 1);
    };
    socket.on('close', fail).on('error', fail);
    next();
  };

  // Not all at once, which the listener's backlog would not hold.
  for (let opened = 0; opened < connections; opened += 50)
    await Promise.all(Array.from({ length: Math.min(50, connections - opened) }, open));
  return {
    send: (bytes) =>
      new Promise((resolve, reject) => {
        const job = { bytes, resolve, reject };
        // The one that has rested longest: a connection on which nothing is asked would be closed.
        const start = idle.shift();
        if (start) start(job);
        else waiting.push(job);
      }),
    close() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** A request's bytes around its body, of somebody who has not asked before: nothing can be shared. */
export function createRequests(url: string): (body: string) => Buffer {
  const { host, pathname } = new URL(url);
  let people = 0;
  return (body) =>
    Buffer.from(
      `POST ${pathname} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\naccept: application/json\r\n` +
        `authorization: Basic ${++people}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    );
}
