import { expect, it } from 'vitest';
import { MalformedResponse } from './response-head.ts';
import { createResponseReader, type ReadResponse } from './response-reader.ts';

const LIMITS = { maxHeadBytes: 512, maxBodyBytes: 1_000 };
const text = '{"data":{"name":"Zoë 🦊"}}';
const bytes = Buffer.byteLength(text);
const chunk = (part: string) => `${Buffer.byteLength(part).toString(16)}\r\n${part}\r\n`;

const COMPLETE = {
  'with a length': `HTTP/1.1 200 OK\r\ncontent-length: ${bytes}\r\n\r\n${text}`,
  'in one chunk': `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${chunk(text)}0\r\n\r\n`,
  'in chunks with extensions and trailers': `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${chunk(text.slice(0, 9))}${Buffer.byteLength(text.slice(9)).toString(16).toUpperCase()} ;a="b"\r\n${text.slice(9)}\r\n0;c\r\nx-trailer: 1\r\ny: 2\r\n\r\n`,
  'after interim ones': `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: ${bytes}\r\n\r\n${text}`,
};

/** Feeds pieces from one buffer that is overwritten with each, as the bytes of a socket are. */
function readInPieces(pieces: readonly Buffer[], limits = LIMITS) {
  const reader = createResponseReader(limits);
  const shared = Buffer.alloc(2_048);
  const read: ReadResponse[] = [];
  for (const piece of pieces) {
    shared.fill(0x7a);
    piece.copy(shared);
    const done = reader.read(shared.subarray(0, piece.length));
    if (done) read.push(done);
  }
  return { read, reader };
}
const piecesOf = (wire: Buffer, at: readonly number[]) =>
  [...at, wire.length].map((end, index) => wire.subarray(index === 0 ? 0 : at[index - 1], end));

it.each(Object.entries(COMPLETE))('reads a response %s, wherever its bytes are cut', (_, wire) => {
  const all = Buffer.from(wire);
  for (let cut = 1; cut < all.length; cut++) {
    const { read, reader } = readInPieces(piecesOf(all, [cut]));
    expect(read.map(({ response }) => response.text)).toEqual([text]);
    expect(read[0]?.keepsAlive).toBe(true);
    expect(reader.hasBegun()).toBe(false);
  }
  const { read } = readInPieces(Array.from(all, (byte) => Buffer.from([byte])));
  expect(read.map(({ response }) => response)).toMatchObject([{ status: 200, text }]);
});

it.each(Object.entries(COMPLETE))('reads one response after another %s, cut at random', (_, wire) => {
  const all = Buffer.from(wire);
  const seed = Math.floor(Math.random() * 2 ** 31);
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state / 0x80000000;
  };
  for (let round = 0; round < 50; round++) {
    const cuts = Array.from({ length: 8 }, () => Math.floor(random() * all.length)).sort((a, b) => a - b);
    const { read } = readInPieces([...piecesOf(all, cuts), ...piecesOf(all, cuts.slice(2))]);
    expect(
      read.map(({ response }) => response.text),
      `seed ${seed}`,
    ).toEqual([text, text]);
  }
});

it('reads until the end what tells no length', () => {
  const { read, reader } = readInPieces([Buffer.from('HTTP/1.1 200 OK\r\n\r\n{"da'), Buffer.from('ta":{}}')]);
  expect(read).toEqual([]);
  expect(reader.end()).toMatchObject({ response: { text: '{"data":{}}' }, keepsAlive: false });
});

it('does not use a connection again on which more came than was asked for', () => {
  const { read } = readInPieces([Buffer.from(`${COMPLETE['with a length']}HTTP/1.1 200 OK\r\n`)]);
  expect(read).toMatchObject([{ response: { text }, keepsAlive: false }]);
});

it.each([
  ['no HTTP', 'SSH-2.0-OpenSSH\r\n'],
  ['an empty line first', '\r\nHTTP/1.1 200 OK\r\n\r\n'],
  ['a change of protocol', 'HTTP/1.1 101 Switching Protocols\r\n\r\n'],
  ['interim responses without end', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(5)],
  ['a head without end', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(600)}`],
  ['too long a head', `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(600)}\r\n\r\n`],
  ['a length above the limit', 'HTTP/1.1 200 OK\r\ncontent-length: 1001\r\n\r\n'],
  ['a length beyond all numbers', 'HTTP/1.1 200 OK\r\ncontent-length: 9999999999999999\r\n\r\n'],
  ['a chunk above the limit', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffff\r\n'],
  ['a chunk size of nine digits', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n000000001\r\na\r\n'],
  [
    'chunks above the limit together',
    `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${chunk('x'.repeat(400)).repeat(3)}`,
  ],
  ['no end above the limit', `HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(1_001)}`],
  ['a chunk without a size', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n\r\n'],
  ['a negative chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n-1\r\n'],
  ['a chunk size with 0x', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0x1\r\na\r\n'],
  ['a chunk longer than its size', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nab\r\n'],
  [
    'a chunk size that ends by a line feed',
    `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\na\n${'0'.repeat(300)}`,
  ],
  ['a chunk extension without end', `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1;${'x'.repeat(300)}`],
  ['trailers without end', `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n${'a: b\r\n'.repeat(200)}`],
])('refuses %s, in one piece and byte by byte', (_, wire) => {
  const all = Buffer.from(wire);
  expect(() => readInPieces([all])).toThrow(MalformedResponse);
  expect(() => readInPieces(Array.from(all, (byte) => Buffer.from([byte])))).toThrow(MalformedResponse);
});

it.each([
  'HTTP/1.1 200 OK\r\n',
  'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabcd',
  COMPLETE['in one chunk'].slice(0, -2),
])('takes no part for the whole when the connection ends: %j', (wire) => {
  const { read, reader } = readInPieces([Buffer.from(wire)]);
  expect(read).toEqual([]);
  expect(reader.hasBegun()).toBe(true);
  expect(() => reader.end()).toThrow(MalformedResponse);
});

it.each([
  ['ASCII', '{"data":{"name":"Zoe"}}', true],
  ['other characters', '{"data":{"name":"Zoë"}}', false],
  ['an escape', '{"data":{"name":"Zo\\u00eb"}}', false],
  ['nothing', '', true],
])('tells whether strings in it can be written as they are: %s', (_, body, isPlain) => {
  const wire = Buffer.from(`HTTP/1.1 200 OK\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
  for (const cut of [wire.length, wire.length - 3])
    expect(readInPieces(piecesOf(wire, [cut])).read).toMatchObject([{ response: { text: body, isPlain } }]);
});
