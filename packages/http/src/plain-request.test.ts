import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { readPlain } from './plain-request.ts';

const PATHS = new Set(['/', '/graphql']);
const BODY = '{"query":"{ a }"}';
const LENGTH = `content-length: ${BODY.length}`;
const write = (lines: string[], { start = 'POST / HTTP/1.1', body = BODY, end = '\r\n' } = {}) =>
  Buffer.from([start, ...lines, '', body].join(end), 'latin1');

/** What node:http makes of the bytes; undefined when it refuses them. */
async function readByNode(bytes: Buffer): Promise<{ headers: IncomingHttpHeaders; body: string } | undefined> {
  const { promise, resolve } = Promise.withResolvers<Awaited<ReturnType<typeof readByNode>>>();
  const textOf = async (request: IncomingMessage) => Buffer.concat(await request.toArray()).toString();
  const server = createServer(async (request) => resolve({ headers: request.headers, body: await textOf(request) }));
  server.on('clientError', () => resolve(undefined));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  const socket = connect(typeof address === 'object' && address ? address.port : 0, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(bytes);
  const read = await promise;
  socket.destroy();
  return read;
}

it.each([
  ['the least', ['host: here', LENGTH]],
  ['names in any case', ['Host: here', `CONTENT-Length: ${BODY.length}`, 'Content-Type: application/json']],
  ['blanks around values', ['host:here', `content-length:\t${BODY.length} `, 'accept:  a, b;q=0.1 \t ', 'x-empty: ']],
  ['a connection that stays', ['host: here', 'connection: Keep-Alive', LENGTH]],
  ['headers that mean nothing here', ['host: here', LENGTH, 'cookie: a=b', 'x-1-y: "z"', 'traceparent: 00-1-2-03']],
])('reads %s as node:http does', async (_, lines) => {
  const bytes = write(lines);
  const read = readPlain(bytes, PATHS);
  expect(read && { headers: read.headers, body: read.body.toString() }).toEqual(await readByNode(bytes));
});

it.each([
  ['another method', write(['host: here', LENGTH], { start: 'PUT / HTTP/1.1' })],
  ['another path', write(['host: here', LENGTH], { start: 'POST /elsewhere HTTP/1.1' })],
  ['a path with a query', write(['host: here', LENGTH], { start: 'POST /?a HTTP/1.1' })],
  ['a whole URL', write(['host: here', LENGTH], { start: 'POST http://here/ HTTP/1.1' })],
  ['an older version', write(['host: here', LENGTH], { start: 'POST / HTTP/1.0' })],
  ['something before the start', write(['host: here', LENGTH], { start: '\r\nPOST / HTTP/1.1' })],
  ['no host', write([LENGTH])],
  ['an empty host', write(['host:', LENGTH])],
  ['no length', write(['host: here'])],
  ['less than there is', write(['host: here', `content-length: ${BODY.length - 1}`])],
  ['more than there is', write(['host: here', `content-length: ${BODY.length + 1}`])],
  ['a length that is no number', write(['host: here', `content-length: +${BODY.length}`])],
  ['a length of several', write(['host: here', `content-length: ${BODY.length}, ${BODY.length}`])],
  ['a length twice', write(['host: here', LENGTH, LENGTH])],
  ['a header twice', write(['host: here', LENGTH, 'accept: a', 'Accept: b'])],
  ['chunks', write(['host: here', LENGTH, 'transfer-encoding: chunked'])],
  ['a coding', write(['host: here', LENGTH, 'content-encoding: gzip'])],
  ['an expectation', write(['host: here', LENGTH, 'expect: 100-continue'])],
  ['another protocol', write(['host: here', LENGTH, 'connection: upgrade', 'upgrade: websocket'])],
  ['a connection that ends', write(['host: here', LENGTH, 'connection: close'])],
  ['a page of another origin', write(['host: here', LENGTH, 'origin: http://there'])],
  ['a blank before the colon', write(['host : here', LENGTH])],
  ['a line that goes on', write(['host: here', LENGTH, 'accept: a', ' b'])],
  ['a line without a name', write(['host: here', LENGTH, ': a'])],
  ['a line without a colon', write(['host: here', LENGTH, 'accept'])],
  ['bare line feeds', write(['host: here', LENGTH], { end: '\n' })],
  ['a bare line feed in a value', write(['host: here', LENGTH, 'accept: a\nx-b: c'])],
  ['a bare return in a value', write(['host: here', LENGTH, 'accept: a\rb'])],
  ['a zero in a value', write(['host: here', LENGTH, 'accept: a\0b'])],
  ['more than ASCII', write(['host: here', LENGTH, 'accept: \xe9'])],
  ['a name of JavaScript’s own', write(['host: here', LENGTH, 'constructor: a'])],
  ['no end of the head', Buffer.from(`POST / HTTP/1.1\r\nhost: here\r\n${LENGTH}\r\n`)],
  ['a head of many bytes', write(['host: here', LENGTH, `accept: ${'a'.repeat(8 * 1024)}`])],
  ['two at once', Buffer.concat([write(['host: here', LENGTH]), write(['host: here', LENGTH])])],
])('leaves %s to node:http', (_, bytes) => {
  expect(readPlain(bytes, PATHS)).toBeUndefined();
});
