import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { NoResponse } from '../no-response.ts';
import { MalformedResponse } from './response-head.ts';
import { createResponseReader, type HttpResponse, type ReaderOptions, type ReadResponse } from './response-reader.ts';

/** Where connections go: one address of one origin. */
export type Target = {
  readonly host: string;
  readonly port: number;
  /** The name that the certificate must bear; undefined for plain HTTP. */
  readonly tlsName: string | undefined;
};

export type Job = {
  /** The whole request: head and body. */
  readonly text: string;
  readonly isAscii: boolean;
  /** Whether it may be sent a second time. */
  readonly isRepeatable: boolean;
  /** When it is given up, by the clock of `performance`. */
  readonly endsAt: number;
  /** Called once, and must not throw. */
  readonly onEnd: (outcome: Outcome) => void;
};

/** What became of a request. */
export type Outcome = HttpResponse | NoResponse;

export type Connection = {
  /** Only when it is free. */
  send(job: Job): void;
  /** What it is doing. */
  job(): Job | undefined;
  /** Ends without a word to whoever has sent what it is doing. */
  abandon(): void;
  destroy(): void;
};

export type ConnectionEvents = {
  onOpen(): void;
  /** It may be used again, for as long as the server keeps it. */
  onFree(keepAliveMs: number | undefined): void;
  /** It was never open, or is no more. */
  onClose(failure: NoResponse): void;
};

const CONNECT_TIMEOUT_MS = 2_000;
const REFUSALS = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENOTFOUND']);
/**
 * Into one buffer all connections read, one after the other: each read is used up before the next begins. (Windows reads into
 * buffers that it was given long before.) It saves allocating 64 KB for each read.
 */
const shared = process.platform === 'win32' ? undefined : Buffer.allocUnsafeSlow(65_536);

/** One socket with one request at a time. Whatever is not understood to the last byte ends the socket. */
export function openConnection(target: Target, reading: ReaderOptions, events: ConnectionEvents): Connection {
  const reader = createResponseReader(reading);
  let job: Job | undefined;
  let served = 0;
  let isOpen = false;
  let cause: Error | undefined;

  const finish = ({ response, keepsAlive, keepAliveMs }: ReadResponse) => {
    const done = job;
    job = undefined;
    served++;
    if (keepsAlive) events.onFree(keepAliveMs);
    else socket.destroy();
    done?.onEnd(response);
  };

  const onBytes = (bytes: Buffer) => {
    // Nobody asked: it would be taken for the answer to the next request.
    if (!job) return void socket.destroy();
    let read: ReadResponse | undefined;
    try {
      read = reader.read(bytes);
    } catch (error) {
      return void socket.destroy(error instanceof Error ? error : undefined);
    }
    if (read) finish(read);
  };

  const onOpen = () => {
    isOpen = true;
    clearTimeout(timer);
    events.onOpen();
  };

  const socket = openSocket(target, onBytes, onOpen);
  const timer = setTimeout(
    () => socket.destroy(new Error(`no connection within ${CONNECT_TIMEOUT_MS} ms`)),
    CONNECT_TIMEOUT_MS,
  );
  socket.on('error', (error) => {
    cause = error;
  });
  socket.on('end', () => {
    if (!job) return;
    let read: ReadResponse | undefined;
    try {
      read = reader.end();
    } catch (error) {
      cause ??= error instanceof Error ? error : undefined;
    }
    if (read) finish(read);
  });
  socket.on('close', () => {
    clearTimeout(timer);
    const failed = job;
    job = undefined;
    const code = cause && 'code' in cause ? String(cause.code) : '';
    const failure = new NoResponse('unavailable', cause?.message ?? 'the connection was closed', {
      cause,
      isUnsent: !isOpen,
      isRefused: !isOpen && REFUSALS.has(code),
      isCutOff: isOpen && served > 0 && !reader.hasBegun() && !(cause instanceof MalformedResponse),
    });
    events.onClose(failure);
    failed?.onEnd(failure);
  });

  return {
    send(next) {
      job = next;
      socket.write(next.text, next.isAscii ? 'latin1' : 'utf8');
    },
    job: () => job,
    abandon() {
      job = undefined;
      socket.destroy();
    },
    destroy: () => void socket.destroy(),
  };
}

function openSocket({ host, port, tlsName }: Target, onBytes: (bytes: Buffer) => void, onOpen: () => void): Socket {
  if (tlsName !== undefined) {
    // An address is no name to ask for, but the certificate must bear it all the same.
    const servername = isIP(tlsName) === 0 ? tlsName : '';
    const secure = connectTls({ host, port, servername, ALPNProtocols: ['http/1.1'] }, onOpen);
    secure.setNoDelay(true);
    return secure.on('data', onBytes);
  }
  const options = { host, port, noDelay: true };
  if (!shared) return connectTcp(options, onOpen).on('data', onBytes);
  const callback = (length: number) => {
    onBytes(shared.subarray(0, length));
    return true;
  };
  return connectTcp({ ...options, onread: { buffer: shared, callback } }, onOpen);
}
