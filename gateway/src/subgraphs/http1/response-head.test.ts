import { expect, it } from 'vitest';
import { MalformedResponse, readResponseHead } from './response-head.ts';

const head = (...lines: string[]) => lines.map((line) => `${line}\r\n`).join('');

it('knows what decides about a response', () => {
  expect(
    readResponseHead(
      head(
        'HTTP/1.1 200 OK',
        'X-Powered-By: Express',
        'Cache-Control: max-age=60',
        'cache-control: public',
        'Content-Type: application/json; charset=utf-8',
        'Content-Length: 12',
        'Keep-Alive: timeout=5',
      ),
    ),
  ).toEqual({
    status: 200,
    cacheControl: 'max-age=60, public',
    contentType: 'application/json; charset=utf-8',
    isEncoded: false,
    keepsAlive: true,
    keepAliveMs: 5_000,
    body: 12,
  });
});

it.each([
  ['HTTP/1.1 200 OK', 'connection: close', false],
  ['HTTP/1.1 200', 'connection: Keep-Alive', true],
  ['HTTP/1.1 200 ', 'connection: keep-alive, close', false],
  ['HTTP/1.0 200 OK', 'server: old', false],
  ['HTTP/1.0 200 OK', 'connection: keep-alive', true],
])('%s with %s stays open: %s', (status, connection, keepsAlive) => {
  expect(readResponseHead(head(status, connection)).keepsAlive).toBe(keepsAlive);
});

it.each([
  [['HTTP/1.1 200 OK', 'transfer-encoding: Chunked'], 'chunked'],
  [['HTTP/1.1 200 OK'], 'until-close'],
  [['HTTP/1.1 204 No Content'], 0],
  [['HTTP/1.1 304 Not Modified', 'content-length: 100'], 0],
  [['HTTP/1.1 100 Continue'], 0],
])('%j ends its body by %s', (lines, body) => {
  expect(readResponseHead(head(...lines)).body).toBe(body);
});

it('tells what is compressed', () => {
  expect(readResponseHead(head('HTTP/1.1 200 OK', 'content-encoding: gzip')).isEncoded).toBe(true);
  expect(readResponseHead(head('HTTP/1.1 200 OK', 'content-encoding: identity')).isEncoded).toBe(false);
});

it.each([
  ['another protocol', 'HTTP/2 200 OK\r\n'],
  ['no status', 'HTTP/1.1 OK\r\n'],
  ['a status of four digits', 'HTTP/1.1 2000 OK\r\n'],
  ['a bare line feed', 'HTTP/1.1 200 OK\ncontent-length: 1\r\n'],
  ['a bare line feed in a value', 'HTTP/1.1 200 OK\r\na: b\ncontent-length: 1\r\n'],
  ['a carriage return in a value', 'HTTP/1.1 200 OK\r\na: b\rc\r\n'],
  ['a NUL in a value', 'HTTP/1.1 200 OK\r\na: \0\r\n'],
  ['a space before the colon', 'HTTP/1.1 200 OK\r\ncontent-length : 1\r\n'],
  ['a folded line', 'HTTP/1.1 200 OK\r\na: b\r\n c\r\n'],
  ['a line without a colon', 'HTTP/1.1 200 OK\r\nnonsense\r\n'],
  ['a field without a name', 'HTTP/1.1 200 OK\r\n: value\r\n'],
  ['two equal lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 1\r\n'],
  ['a list of lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1, 1\r\n'],
  ['a negative length', 'HTTP/1.1 200 OK\r\ncontent-length: -1\r\n'],
  ['a length in hexadecimal', 'HTTP/1.1 200 OK\r\ncontent-length: 0x10\r\n'],
  ['a signed length', 'HTTP/1.1 200 OK\r\ncontent-length: +1\r\n'],
  ['an empty length', 'HTTP/1.1 200 OK\r\ncontent-length:\r\n'],
  ['a length beside chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-length: 1\r\n'],
  ['chunks twice', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n'],
  ['another transfer encoding', 'HTTP/1.1 200 OK\r\ntransfer-encoding: gzip, chunked\r\n'],
])('refuses %s', (_, text) => {
  expect(() => readResponseHead(text)).toThrow(MalformedResponse);
});
