import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { errorBody } from './respond.ts';

const BAD_REQUEST = { status: 400, code: 'BAD_REQUEST', message: 'the request is no valid HTTP' } as const;
const BY_CODE: Readonly<Record<string, { status: number; code: 'BAD_REQUEST' | 'TIMEOUT'; message: string }>> = {
  HPE_HEADER_OVERFLOW: { status: 431, code: 'BAD_REQUEST', message: 'the headers are larger than 16 KiB' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, code: 'TIMEOUT', message: 'the request took too long to arrive' },
};

/** Answers in JSON what Node's parser refuses before there is a request. */
export function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, ...fault } = BY_CODE[error.code ?? ''] ?? BAD_REQUEST;
  const body = JSON.stringify(errorBody(fault));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'connection: close',
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}
