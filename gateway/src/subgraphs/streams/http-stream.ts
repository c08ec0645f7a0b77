import type { IncomingMessage } from 'node:http';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Address } from '../addresses.ts';
import { readerFor } from './read-events.ts';
import { lost, MAX_EVENT_BYTES, type StreamEnd, type StreamHeaders, type StreamSink, tlsOptionsOf } from './stream.ts';

export type HttpStreamRequest = {
  readonly address: Address;
  readonly headers: StreamHeaders;
  readonly body: string;
  readonly protocol: 'sse' | 'multipart';
  /** How long the response may take to begin. */
  readonly timeoutMs: number;
};

/** One only: some servers look for exactly this text. */
const ACCEPT = {
  sse: 'text/event-stream',
  multipart: 'multipart/mixed;subscriptionSpec="1.0", application/json',
} as const;
/** The other end may be gone without a word: the operating system asks after so long, and then each second for ten. */
const KEEP_ALIVE_MS = 10_000;
const MAX_REFUSAL_BYTES = 64 * 1024;

/** Asks by POST for a stream of events, on a connection of its own. */
export function openHttpStream(request: HttpStreamRequest, sink: StreamSink): () => void {
  const { address, headers, body, protocol, timeoutMs } = request;
  const { target, host, path } = address;
  let isOver = false;
  const close = () => {
    isOver = true;
    clearTimeout(timer);
    asking.destroy();
  };
  const end = (how: StreamEnd) => {
    if (isOver) return;
    close();
    sink.ended(how);
  };

  const asking = (target.tlsName === undefined ? requestHttp : requestHttps)({
    method: 'POST',
    host: target.host,
    port: target.port,
    path,
    agent: false,
    ...tlsOptionsOf(address),
    headers: { ...headers, host, accept: ACCEPT[protocol], 'content-type': 'application/json' },
  });
  const timer = setTimeout(() => end(lost('no response in time')), timeoutMs);
  asking.on('error', ({ message }) => end(lost(message)));
  asking.on('socket', (socket) => socket.setKeepAlive(true, KEEP_ALIVE_MS));
  asking.on('response', (response) => {
    clearTimeout(timer);
    response.setEncoding('utf8');
    // A response that is cut off tells it here as well as by its request.
    response.on('error', ({ message }) => end(lost(message)));
    const read = readerFor(
      response.headers['content-type'],
      (message) => {
        if (isOver) return;
        if (message.kind === 'event') sink.event(message.payload, message.bytes);
        else end(message);
      },
      { maxLength: MAX_EVENT_BYTES },
    );
    if (!read || response.statusCode !== 200) return readRefusal(response, end);
    sink.opened();
    response.on('data', (text: string) => {
      try {
        read(text);
      } catch (error) {
        end(lost(error instanceof Error ? error.message : String(error)));
      }
    });
    response.once('close', () => end(lost('the stream ended without saying so')));
  });
  asking.end(body);
  return close;
}

/** A subgraph that serves no stream may say why. */
function readRefusal(response: IncomingMessage, end: (how: StreamEnd) => void): void {
  let text = '';
  response.on('data', (more: string) => {
    text += more;
    if (text.length > MAX_REFUSAL_BYTES) end(lost(`status ${response.statusCode}, and no stream`));
  });
  response.once('close', () => {
    const errors = errorsIn(text);
    end(errors ? { kind: 'refused', errors } : lost(`status ${response.statusCode}, and no stream`));
  });
}

function errorsIn(text: string): readonly unknown[] | undefined {
  try {
    const { errors } = JSON.parse(text);
    return Array.isArray(errors) ? errors : undefined;
  } catch {
    return undefined;
  }
}
