import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { codesOf, FOLLOW, type Following } from '@entrepot/testing/live-clients';
import { createClient } from 'graphql-ws';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { startLiveShop } from './live-shop.ts';

const TRANSPORTS = ['multipart', 'sse', 'websocket'] as const;
const GOOD = 'subscription ($id: ID!) { goodChanged(id: $id) { __typename id level } }';
const ACCEPT = {
  multipart: 'multipart/mixed;subscriptionSpec="1.0", application/json',
  sse: 'text/event-stream',
} as const;

const levelsOf = ({ data }: Following): number[] => JSON.parse(JSON.stringify(data)).map(levelOf);
const levelOf = ({ goodChanged }: { goodChanged: { level: number } }) => goodChanged.level;

/** A subscription by HTTP whose reader reads when the test says so. */
async function openStream(url: string, accept: string, query: string, variables: object): Promise<IncomingMessage> {
  const headers = { accept, 'content-type': 'application/json' };
  const asking = request(url, { method: 'POST', headers });
  onTestFinished(() => void asking.destroy());
  asking.on('error', () => {});
  asking.end(JSON.stringify({ query, variables }));
  const [response] = await once(asking, 'response');
  response.on('error', () => {});
  return response;
}

/** A WebSocket that has introduced itself, and the type and code of whatever comes. */
async function openSocket(url: string, payload: object = {}) {
  const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws');
  onTestFinished(() => socket.terminate());
  const closed = new Promise<string>((resolve) =>
    socket.once('close', (code, reason) => resolve(`${code} ${String(reason).split(':')[0]}`)),
  );
  socket.on('error', () => {});
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init', payload }));
  await Promise.race([once(socket, 'message'), closed]);
  let count = 0;
  const subscribe = (query: string, variables: object = {}) =>
    socket.send(JSON.stringify({ id: String(++count), type: 'subscribe', payload: { query, variables } }));
  return { socket, closed, subscribe };
}

/** The same subscription once by each transport. */
const followByAll = (url: string, authorization?: string) =>
  TRANSPORTS.map((transport) => FOLLOW[transport](url, { query: GOOD, variables: { id: '1' }, authorization }));

describe('a subscriber by any transport', () => {
  it('who is slower than the events gets fewer answers, never an older one after a newer, and the last', async () => {
    const { url, running, setLevel } = await startLiveShop();
    const following = followByAll(url);
    await expect.poll(running).toBe(3);
    const published: Promise<void>[] = [];
    for (let level = 1; level <= 60; level++) {
      published.push(setLevel('1', level));
      if (level % 3 === 0) await published.at(-1);
    }
    await Promise.all(published);
    for (const one of following) {
      await expect.poll(() => levelsOf(one).at(-1), { timeout: 10_000 }).toBe(60);
      const seen = levelsOf(one);
      expect(seen).toEqual(seen.toSorted((first, second) => first - second));
      expect(seen.length).toBeLessThanOrEqual(60);
    }
  });

  it('is told when the access token has expired, at that time', async () => {
    const { url, as, metric } = await startLiveShop();
    const authorization = await as('ann', { expiresIn: Math.floor(Date.now() / 1000) + 2 });
    const [multipart, sse, socket] = followByAll(url, authorization);
    await expect.poll(() => multipart && codesOf(multipart), { timeout: 10_000 }).toEqual(['UNAUTHENTICATED']);
    await expect.poll(() => sse && codesOf(sse), { timeout: 10_000 }).toEqual(['UNAUTHENTICATED']);
    await expect.poll(() => socket?.errors, { timeout: 10_000 }).toMatchObject([{ code: 4403 }]);
    expect(await metric('subscriptions_ended_total', { reason: 'expired' })).toBe(3);
  });

  it('is told when the gateway is about to stop, which then stops at once', async () => {
    const { url, running, end } = await startLiveShop({ DRAIN_MS: '30000' });
    const [multipart, sse, socket] = followByAll(url);
    await expect.poll(running).toBe(3);
    const began = performance.now();
    await end();
    expect(performance.now() - began).toBeLessThan(15_000);
    await expect.poll(() => multipart && codesOf(multipart)).toEqual(['GOING_AWAY']);
    await expect.poll(() => sse && codesOf(sse)).toEqual(['GOING_AWAY']);
    await expect.poll(() => socket?.errors).toMatchObject([{ code: 1001 }]);
  });

  it('is told of a change when its subgraph is back', async () => {
    const { url, running, shop, setLevel } = await startLiveShop();
    const following = followByAll(url);
    await expect.poll(running).toBe(3);
    shop.fault = (response) => response.writeHead(503).end();
    await setLevel('1', 8);
    await expect.poll(() => shop.requests.length, { timeout: 10_000 }).toBeGreaterThan(0);
    expect(following).toMatchObject(following.map(() => ({ data: [], errors: [] })));
    shop.fault = undefined;
    for (const one of following) await expect.poll(() => levelsOf(one), { timeout: 20_000 }).toEqual([8]);
    expect(following.flatMap(({ errors }) => errors)).toEqual([]);
  });
});

describe.each(TRANSPORTS)('a subscriber by %s', (transport) => {
  it('who does not read is let go of, with a reason, while others are served', async () => {
    const { url, running, texts, setLevel, metric } = await startLiveShop({
      SLOW_CLIENT_MS: '1000',
      HEARTBEAT_MS: '60000',
    });
    texts.set('1', 'x'.repeat(2_000_000));
    const query = 'subscription { goodChanged(id: "1") { level text } }';
    let closed: Promise<string> | undefined;
    let resume = () => {};
    if (transport === 'websocket') {
      const line = await openSocket(url);
      line.subscribe(query);
      line.socket.pause();
      ({ closed } = line);
      resume = () => line.socket.resume();
    } else await openStream(url, ACCEPT[transport], query, {});
    const other = FOLLOW[transport](url, { query: GOOD, variables: { id: '1' } });
    await expect.poll(running).toBe(2);
    for (let level = 1; (await metric('subscriptions_ended_total', { reason: 'slow' })) === 0; level++) {
      expect(level).toBeLessThan(200);
      await setLevel('1', level);
      await expect.poll(() => levelsOf(other).at(-1), { timeout: 10_000 }).toBe(level);
    }
    expect(await running()).toBe(1);
    resume();
    // The reason waits behind what was not read.
    if (closed) expect(['4480 SLOW_CONSUMER', '1006 ']).toContain(await closed);
    expect(other.errors).toEqual([]);
  });
});

describe.each(['multipart', 'sse'] as const)('a stream by %s', (transport) => {
  it('begins at once, shows signs of life, and is let go of when its client leaves', async () => {
    const { url, running } = await startLiveShop({ HEARTBEAT_MS: '50' });
    const response = await openStream(url, ACCEPT[transport], GOOD, { id: '1' });
    expect(response.headers).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    const sign =
      transport === 'sse'
        ? /^(:\n\n){3}/
        : /^(\r\n---)(\r\ncontent-type: application\/json; charset=utf-8\r\n\r\n\{\}\r\n---){3}/;
    let text = '';
    response.on('data', (chunk) => (text += chunk));
    await expect.poll(() => text).toMatch(sign);
    expect(await running()).toBe(1);
    response.destroy();
    await expect.poll(running).toBe(0);
  });
});

describe('a WebSocket', () => {
  it('that does not answer is closed, and one that does stays', async () => {
    const { url, running, metric } = await startLiveShop({ HEARTBEAT_MS: '300' });
    const { socket: dead, subscribe } = await openSocket(url);
    subscribe(GOOD, { id: '1' });
    await expect.poll(running).toBe(1);
    const { socket: alive } = await openSocket(url);
    let pings = 0;
    alive.on('ping', () => pings++);
    dead.pause();
    await expect.poll(() => metric('websockets_open'), { timeout: 10_000 }).toBe(1);
    await expect.poll(() => pings).toBeGreaterThan(2);
    expect(alive.readyState).toBe(WebSocket.OPEN);
    expect(await running()).toBe(0);
  });

  it('serves queries and mutations too, and tells what is wrong with them', async () => {
    const { url, levels } = await startLiveShop();
    levels.set('1', 3);
    const client = createClient({ url: url.replace('http', 'ws'), webSocketImpl: WebSocket });
    onTestFinished(() => void client.dispose());
    const ask = async (query: string) => {
      for await (const result of client.iterate({ query })) return result;
      return undefined;
    };
    expect(await ask('{ good(id: "1") { level maker } }')).toEqual({
      data: { good: { level: 3, maker: 'Maker of 1' } },
    });
    expect(await ask('mutation { touch(id: "1") { level } }')).toEqual({ data: { touch: { level: 3 } } });
    await expect(ask('{ size }')).rejects.toMatchObject([{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }]);
  });

  it('says who it is in its header or in its first message, and is closed when that is not true', async () => {
    const { url, as, running, setStep } = await startLiveShop();
    const authorization = await as('ann');
    const inHeader = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws', { headers: { authorization } });
    onTestFinished(() => inHeader.terminate());
    await once(inHeader, 'open');
    const heard: string[] = [];
    inHeader.on('message', (data) => heard.push(String(data)));
    const query = 'subscription { parcelChanged { step } }';
    inHeader.send('{"type":"connection_init"}');
    await expect.poll(() => heard).toHaveLength(1);
    inHeader.send(JSON.stringify({ id: 'a', type: 'subscribe', payload: { query } }));
    await expect.poll(running).toBe(1);
    await setStep('p', 'ann', 4);
    await expect.poll(() => heard.at(-1), { timeout: 10_000 }).toContain('"step":4');
    const { closed } = await openSocket(url, { Authorization: 'Bearer nonsense' });
    expect(await closed).toBe('4403 UNAUTHENTICATED');
  });

  it.each([
    ['no JSON', '{', '4400'],
    [
      'an operation before it has introduced itself',
      '{"id":"1","type":"subscribe","payload":{"query":"{ a }"}}',
      '4401',
    ],
  ])('is closed when it sends %s', async (_, message, code) => {
    const { url } = await startLiveShop();
    const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws');
    await once(socket, 'open');
    socket.send(message);
    const [closedWith] = await once(socket, 'close');
    expect(String(closedWith)).toBe(code);
  });

  it('is refused at other paths, and when there are too many', async () => {
    const { url } = await startLiveShop({ MAX_SUBSCRIPTIONS: '1' });
    const status = (path: string) =>
      new Promise((resolve) => {
        const socket = new WebSocket(`${url.replace('http', 'ws')}${path}`, 'graphql-transport-ws');
        onTestFinished(() => socket.terminate());
        socket.once('unexpected-response', (_, { statusCode }) => resolve(statusCode));
        socket.once('open', () => resolve(101));
        socket.on('error', () => {});
      });
    expect(await status('/elsewhere')).toBe(404);
    expect(await status('/graphql')).toBe(101);
    expect(await status('/')).toBe(503);
  });
});

describe('limits', () => {
  it('hold for one viewer over all connections and transports, and for one connection', async () => {
    const { url, as, running } = await startLiveShop({
      MAX_SUBSCRIPTIONS_PER_VIEWER: '3',
      MAX_SUBSCRIPTIONS_PER_SOCKET: '2',
    });
    const authorization = await as('ann');
    const first = FOLLOW.sse(url, { query: GOOD, variables: { id: '1' }, authorization });
    const { socket, subscribe } = await openSocket(url, { authorization });
    const heard: string[] = [];
    socket.on('message', (data) => heard.push(String(data)));
    for (const id of ['1', '2', '3']) subscribe(GOOD, { id });
    await expect.poll(() => heard).toHaveLength(1);
    expect(JSON.parse(heard[0] ?? '')).toMatchObject({
      id: '3',
      type: 'error',
      payload: [{ extensions: { code: 'RATE_LIMITED' } }],
    });
    await expect.poll(running).toBe(3);
    const asked = { query: GOOD, variables: { id: '1' } };
    const fourth = FOLLOW.multipart(url, { ...asked, authorization });
    await expect.poll(() => codesOf(fourth)).toEqual(['RATE_LIMITED']);
    FOLLOW.multipart(url, { ...asked, authorization: await as('eve') });
    await expect.poll(running).toBe(4);
    first.stop();
    await expect.poll(running).toBe(3);
    FOLLOW.multipart(url, { ...asked, authorization });
    await expect.poll(running).toBe(4);
  });
});
