import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

/** An answer to a request that node:http has not read. */
export type UnreadAnswer = {
  readonly status: number;
  /** Its own header lines, each with its end. */
  readonly head: string;
  readonly body: Buffer;
  /** ASCII, written after the body. */
  readonly tail: string;
};

/** Longer than any client of ours keeps an idle connection, so that it is never we who close one under a request. */
export const KEEP_ALIVE_S = 65;

/** Writes an answer as node:http does for a client that stays. */
export function writeAnswer(socket: Socket, { status, head, body, tail }: UnreadAnswer): void {
  const start = `${startOf(status)}${head}content-length: ${body.length + tail.length}\r\n${usualLines()}\r\n`;
  // Texts cost more as parts of one write than as bytes.
  const bytes = Buffer.allocUnsafe(start.length + tail.length);
  bytes.write(start, 0, 'latin1');
  if (tail !== '') bytes.write(tail, start.length, 'latin1');
  // Head, body and tail in one write; the body is not copied, since that would cost as much as all else.
  socket.cork();
  socket.write(tail === '' ? bytes : bytes.subarray(0, start.length));
  socket.write(body);
  if (tail !== '') socket.write(bytes.subarray(start.length));
  socket.uncork();
}

const OK = 'HTTP/1.1 200 OK\r\n';
const startOf = (status: number) => (status === 200 ? OK : `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n`);

let second = 0;
let lines = '';

/** What every answer has; made once a second. */
function usualLines(): string {
  const now = Math.floor(Date.now() / 1_000);
  if (now !== second) {
    second = now;
    lines = `Date: ${new Date(now * 1_000).toUTCString()}\r\nConnection: keep-alive\r\nKeep-Alive: timeout=${KEEP_ALIVE_S}\r\n`;
  }
  return lines;
}
