import { connect, type Socket } from 'node:net';
import { createAnswerReader, type Sink } from '../src/answer-reader.ts';

/** One request at a time over a connection that is kept. */
export type HttpConnection = {
  isOpen(): boolean;
  /** Sends a whole request, and tells the status once the whole answer has been given to the sink. */
  exchange(request: string, sink: Sink): Promise<number>;
  close(): void;
};

type Exchange = { sink: Sink; resolve(status: number): void; reject(error: Error): void };

const TIMEOUT_MS = 30_000;
/** One for all connections: what has been read is used before anything else is read. */
const bytes = Buffer.alloc(262_144);

export async function openConnection(hostname: string, port: number): Promise<HttpConnection> {
  let exchange: Exchange | undefined;
  let isOpen = true;
  const end = (): Exchange | undefined => {
    const ended = exchange;
    exchange = undefined;
    return ended;
  };
  const fail = (error: Error) => {
    isOpen = false;
    end()?.reject(error);
  };
  const reader = createAnswerReader({ take: (part) => exchange?.sink.take(part) }, (status) => {
    isOpen &&= reader.isKept();
    end()?.resolve(status);
  });
  const read = (length: number): boolean => {
    try {
      reader.read(bytes, length);
    } catch (error) {
      fail(error instanceof Error ? error : new Error(String(error)));
      socket.destroy();
    }
    return true;
  };
  const socket: Socket = connect({ host: hostname, port, noDelay: true, onread: { buffer: bytes, callback: read } });
  socket.setTimeout(TIMEOUT_MS, () => socket.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
  socket.on('error', fail).on('close', () => fail(new Error('the connection was closed')));
  return {
    isOpen: () => isOpen,
    exchange: (request, sink) =>
      new Promise((resolve, reject) => {
        exchange = { sink, resolve, reject };
        socket.write(request, 'latin1');
      }),
    close: () => socket.destroy(),
  };
}
