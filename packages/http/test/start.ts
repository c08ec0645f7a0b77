import { connect } from 'node:net';
import { createLogger } from '@entrepot/telemetry/logger';
import { createRegistry } from '@entrepot/telemetry/metrics';
import { onTestFinished } from 'vitest';
import { type ListenOptions, listen } from '../src/server.ts';

/** A server for one test, with the log lines it writes. */
export async function start(options: Partial<ListenOptions> = {}) {
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger({ service: 'test', destination: { write: (line) => lines.push(JSON.parse(line)) } });
  const server = await listen({
    host: '127.0.0.1',
    port: 0,
    logger,
    registry: createRegistry('test'),
    ready: () => [],
    handle: async (_, response) => void response.end('done'),
    drainMs: 2_000,
    ...options,
  });
  onTestFinished(() => server.close());
  return { ...server, errors: () => lines.filter(({ level }) => level === 'error') };
}

/** Something to wait for, and the means to make it happen. */
export const signal = <T = void>() => Promise.withResolvers<T>();

/** A connection on which bytes can be sent as no HTTP client would. */
export function openSocket(port: number) {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const check of waiting) check();
  };
  let isClosed = false;
  socket.on('data', (chunk) => {
    received += chunk.toString();
    wake();
  });
  socket.on('close', () => {
    isClosed = true;
    wake();
  });
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  const until = (isTrue: (received: string) => boolean) =>
    new Promise<string>((resolve) => {
      const check = () => {
        if (!isTrue(received)) return;
        waiting.delete(check);
        resolve(received);
      };
      waiting.add(check);
      check();
    });
  return {
    end: () => socket.end(),
    destroy: () => socket.destroy(),
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    send: (bytes: string | Buffer) => socket.write(bytes),
    until,
    received: (text: string) => until(() => received.includes(text)),
    closed: () => until(() => isClosed),
  };
}
