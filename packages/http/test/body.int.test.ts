import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { parseJson, readBody } from '../src/body.ts';
import { sendJson } from '../src/respond.ts';
import { openSocket, signal, start } from './start.ts';

const MAX = 1024 * 1024;
const TEN_MEBIBYTES = Buffer.alloc(10 * MAX, 'a');

async function echo(request: IncomingMessage, response: ServerResponse) {
  sendJson(response, 200, { got: parseJson(await readBody(request, MAX)) });
}
type Body = NonNullable<RequestInit['body']>;
const post = (url: string, body: Body, headers = {}) =>
  fetch(url, { method: 'POST', body, headers, duplex: 'half' } satisfies RequestInit & { duplex: string });
const refusal = (code: string) => ({ errors: [{ message: expect.any(String), extensions: { code } }] });

describe('a body', () => {
  it('of many chunks is read whole', async () => {
    const { url } = await start({ handle: echo });
    const text = 'ünïcode'.repeat(30_000);
    expect(await (await post(url, JSON.stringify(text))).json()).toEqual({ got: text });
  });

  it.each(['{"a":', '', 'query=1', '<xml/>'])('%j is refused as no JSON', async (body) => {
    const { url } = await start({ handle: echo });
    const response = await post(url, body);
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toMatch('application/json');
    expect(await response.json()).toEqual(refusal('BAD_JSON'));
  });

  it('that is packed is refused', async () => {
    const { url } = await start({ handle: echo });
    const response = await post(url, '{}', { 'content-encoding': 'gzip' });
    expect(response.status).toBe(415);
    expect(await response.json()).toEqual(refusal('UNSUPPORTED_MEDIA_TYPE'));
  });

  it.each([
    ['ends too early', 'content-length: 100\r\n\r\nhalf'],
    ['is malformed within its first packet', 'transfer-encoding: chunked\r\n\r\n3\r\nabc\r\nno length\r\n'],
  ])('that %s is no mistake of ours', async (_, rest) => {
    const outcome = signal<unknown>();
    const { port, errors } = await start({
      handle: (request) => readBody(request, MAX).then(() => {}, outcome.resolve),
    });
    const socket = openSocket(port);
    socket.send(`POST / HTTP/1.1\r\nhost: a\r\n${rest}`);
    socket.end();
    expect(await outcome.promise).toMatchObject({ code: 'BAD_REQUEST' });
    expect(errors()).toEqual([]);
  });

  it.each(['in one packet with its head', 'later'])('that comes %s is read whole', async (when) => {
    const { port } = await start({ handle: echo });
    const socket = openSocket(port);
    const head = 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n';
    if (when === 'later') {
      socket.send(head);
      await new Promise(setImmediate);
      socket.send('"four');
      await new Promise(setImmediate);
      socket.send('kin"');
    } else socket.send(`${head}"fourkin"`);
    expect(await socket.received('fourkin')).toContain('{"got":"fourkin"}');
    // The connection is good for another request.
    socket.send(`${head}"another"`);
    expect(await socket.received('another')).toContain('{"got":"another"}');
  });
});

describe('a body that is too large', () => {
  it('is refused by what it announces, before any of it has come', async () => {
    const { port } = await start({ handle: echo });
    const socket = openSocket(port);
    socket.send(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${TEN_MEBIBYTES.length}\r\n\r\n`);
    const answer = await socket.received('BODY_TOO_LARGE');
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
    expect(answer).toMatch(/connection: close/i);
  });

  it('is refused as soon as it is too large when it announces nothing', async () => {
    const { port } = await start({ handle: echo });
    const socket = openSocket(port);
    socket.send('POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n');
    socket.send(`${(MAX + 1).toString(16)}\r\n`);
    socket.send(TEN_MEBIBYTES.subarray(0, MAX + 1));
    expect(await socket.received('BODY_TOO_LARGE')).toMatch(/^HTTP\/1.1 413 /);
  });

  it('gets its answer to a client that sends everything before it reads', async () => {
    const { url, errors } = await start({ handle: echo });
    for (let round = 0; round < 5; round++) {
      const announced = await post(url, TEN_MEBIBYTES);
      expect(announced.status).toBe(413);
      expect(await announced.json()).toEqual(refusal('BODY_TOO_LARGE'));
      const streamed = await post(url, new Blob([TEN_MEBIBYTES]).stream());
      expect(streamed.status).toBe(413);
      expect(await streamed.json()).toEqual(refusal('BODY_TOO_LARGE'));
    }
    expect(errors()).toEqual([]);
  });

  it('cannot hold a connection by sending for ever', async () => {
    const { port } = await start({ handle: echo });
    const socket = openSocket(port);
    socket.send('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100000000000\r\n\r\n');
    await socket.closed();
  });
});
