import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { openSocket } from './start.ts';

export const request = (body: string, { path = '/', headers = '' } = {}) =>
  `POST ${path} HTTP/1.1\r\nhost: here\r\n${headers}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

/** Upgrades a connection to one on which everything comes back. */
export function echo(_: unknown, socket: Duplex): void {
  socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: echo\r\nconnection: upgrade\r\n\r\n');
  socket.on('data', (chunk: Buffer) => socket.write(`echo ${chunk}`));
}

/** A connection, and how to ask on it. `isWhole`: whether the last answer of a text has come to its end. */
export function openAsking(port: number, isWhole: (text: string) => boolean) {
  const socket = openSocket(port);
  let answers = 0;
  /** Sends bytes and waits for so many answers in all. */
  const ask = async (bytes: string, more = 1) => {
    socket.send(bytes);
    answers += more;
    const seen = (text: string) => text.split('HTTP/1.1 ').length - 1;
    return (await socket.until((text) => seen(text) === answers && isWhole(text))).split('HTTP/1.1 ').slice(-more);
  };
  return { socket, ask };
}

export async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += chunk;
  return text;
}
