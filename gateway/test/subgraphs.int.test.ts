import { gzipSync } from 'node:zlib';
import { Cancellation } from '@entrepot/kernel/cancellation';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Answering, aCall, aContext, codesOf, json, openSubgraph, startReplica } from './replica.ts';

const MUTATION = { kind: 'mutation', query: 'mutation { a }' } as const;
const hang: Answering = () => {};
const destroy: Answering = ({ response }) => void response.destroy();

describe('a request', () => {
  it('is the operation as JSON, with who asks and until when', async () => {
    const replica = await startReplica();
    const { ask } = openSubgraph(replica.url, { credential: 'the credential' });
    const context = aContext({ viewer: 'ann', authorization: 'Bearer a', timeoutMs: 900 });
    const representations = ['{"__typename":"A","id":"ü"}'];
    replica.answering = json('{"data":{"_entities":[{"a":1}]}}');
    expect(
      await ask({ query: 'query B { b }', operationName: 'B', variables: '{"n":1}', representations, context }),
    ).toMatchObject({ data: { _entities: [{ a: 1 }] }, errors: [] });
    const [asked] = replica.asked;
    expect(JSON.parse(asked?.body ?? '')).toEqual({
      query: 'query B { b }',
      operationName: 'B',
      variables: { n: 1, representations: [{ __typename: 'A', id: 'ü' }] },
    });
    expect(asked?.headers).toMatchObject({
      'content-type': 'application/json',
      'accept-encoding': 'identity',
      'x-gateway-credential': 'the credential',
      'x-viewer': 'ann',
      authorization: 'Bearer a',
      'x-request-deadline': String(context.known.deadline),
    });
  });

  it('cannot be made two by what a header holds', async () => {
    const replica = await startReplica();
    const { ask } = openSubgraph(replica.url);
    const context = aContext({ authorization: 'a\r\n\r\nPOST /admin HTTP/1.1\r\n' });
    expect(codesOf(await ask({ context }))).toEqual(['UNAVAILABLE']);
    expect(replica.asked).toEqual([]);
  });

  it.each([
    ['authorization', { authorization: 'Bearer ü' }],
    ['idempotency key', { idempotencyKey: 'order ü' }],
  ])('that cannot be sent because of its %s is held against nobody else', async (_, who) => {
    const replica = await startReplica();
    const { ask, metric } = openSubgraph(replica.url);
    for (let time = 0; time < 50; time++)
      expect(codesOf(await ask({ ...MUTATION, context: aContext(who) }))).toEqual(['UNAVAILABLE']);
    expect((await ask()).data).toEqual({ a: 1 });
    expect([replica.asked.length, await metric('subgraph_breaker_open')]).toEqual([1, 0]);
    expect(await metric('subgraph_retries_total')).toBe(0);
  });

  it('goes over the connection that was used last', async () => {
    const replica = await startReplica();
    const { ask } = openSubgraph(replica.url);
    await Promise.all(Array.from({ length: 5 }, () => ask()));
    expect(replica.connections()).toBe(5);
    for (let time = 0; time < 20; time++) await ask();
    const ports = new Set(replica.asked.slice(5).map(({ response }) => response.socket?.remotePort));
    expect([replica.connections(), ports.size]).toEqual([5, 1]);
  });

  it('goes over a new one when nobody has asked for minutes, and over the same when somebody has', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const replica = await startReplica();
    const { ask } = openSubgraph(replica.url);
    for (let time = 0; time < 3; time++) {
      expect((await ask()).data).toEqual({ a: 1 });
      vi.advanceTimersByTime(119_000);
      expect(replica.connections()).toBe(1);
    }
    vi.advanceTimersByTime(31_000);
    await expect.poll(replica.connections).toBe(0);
    expect((await ask()).data).toEqual({ a: 1 });
    expect(replica.connections()).toBe(1);
  });

  it('waits for a connection when there are as many as there may be, and not without end', async () => {
    const replica = await startReplica(hang);
    const { ask, metric } = openSubgraph(replica.url, { tuning: { maxConnections: 2, maxRunning: 5 } });
    const running = Array.from({ length: 5 }, () => ask());
    expect(codesOf(await ask())).toEqual(['UNAVAILABLE']);
    await expect.poll(() => replica.asked.length).toBe(2);
    expect(await metric('subgraph_in_flight')).toBe(5);
    replica.answering = json();
    for (const { response } of [...replica.asked]) json()({ line: '', headers: {}, body: '', response });
    expect((await Promise.all(running)).map(({ data }) => data)).toEqual(Array(5).fill({ a: 1 }));
    expect([replica.asked.length, replica.connections()]).toEqual([5, 2]);
    expect(await metric('subgraph_in_flight')).toBe(0);
  });
});

describe('an answer', () => {
  it.each<[string, Answering, string]>([
    ['HTML', json('<html></html>', 200, { 'content-type': 'text/html' }), 'UNAVAILABLE'],
    ['JSON that calls itself HTML', json('{"data":{}}', 200, { 'content-type': 'text/html' }), 'UNAVAILABLE'],
    ['half of its JSON', json('{"data":{"a":'), 'UNAVAILABLE'],
    ['a redirection', json('{"data":{}}', 302, { location: 'http://127.0.0.1:1/' }), 'UNAVAILABLE'],
    [
      'something compressed',
      json(gzipSync('{"data":{}}').toString('latin1'), 200, { 'content-encoding': 'gzip' }),
      'UNAVAILABLE',
    ],
    ['nothing', ({ response }) => void response.writeHead(204).end(), 'UNAVAILABLE'],
    ['a closed connection', destroy, 'UNAVAILABLE'],
    [
      'a closed connection in the middle',
      ({ response }) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('{"data"', () => response.destroy());
      },
      'UNAVAILABLE',
    ],
    [
      'a closed connection after a whole chunk',
      ({ response }) => {
        response.write('{"data":{"a":1}}', () => response.destroy());
      },
      'UNAVAILABLE',
    ],
    [
      '100 MB',
      ({ response }) => {
        const part = Buffer.alloc(1024 * 1024, ' ');
        let left = 100;
        const write = () => {
          while (left-- > 0 && response.write(part));
        };
        response.on('drain', write);
        write();
      },
      'UNAVAILABLE',
    ],
    ['too few entities', json('{"data":{"_entities":[]}}'), 'INVALID_SUBGRAPH_RESPONSE'],
    ['too many entities', json('{"data":{"_entities":[{},{}]}}'), 'INVALID_SUBGRAPH_RESPONSE'],
  ])('that is %s is a coded error, and the next is read again', async (_, answering, code) => {
    const replica = await startReplica(answering);
    const { ask } = openSubgraph(replica.url);
    const representations = ['{}'];
    const answer = await ask({ representations });
    expect(answer.data).toBeNull();
    expect(codesOf(answer)).toEqual([code]);
    expect(JSON.stringify(answer)).not.toMatch(/127|things|status|socket/);
    replica.answering = json('{"data":{"_entities":[{"a":1}]}}');
    expect(await ask({ representations })).toMatchObject({ data: { _entities: [{ a: 1 }] }, errors: [] });
  });

  it.each<[string, Answering]>([
    ['never comes', hang],
    [
      'comes drop by drop',
      ({ response }) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        const drip = setInterval(() => response.write(' '), 10);
        response.on('close', () => clearInterval(drip));
      },
    ],
  ])('that %s is not waited for after its time, and takes its connection with it', async (_, answering) => {
    const replica = await startReplica(answering);
    const { ask, metric } = openSubgraph(replica.url, { timeoutMs: 300 });
    expect(codesOf(await ask())).toEqual(['TIMEOUT']);
    await expect.poll(replica.connections).toBe(0);
    expect(await metric('subgraph_retries_total')).toBe(0);
  });

  it('with the key __proto__ pollutes nothing', async () => {
    const replica = await startReplica(json('{"__proto__":{"data":1},"data":{"__proto__":{"polluted":true},"a":2}}'));
    const { data } = await openSubgraph(replica.url).ask();
    expect(data?.a).toBe(2);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  it('of 5 MB in pieces of all sizes is whole', async () => {
    const name = 'Zoë 🦊 '.repeat(400_000);
    const bytes = Buffer.from(JSON.stringify({ data: { name } }));
    const replica = await startReplica(({ response }) => {
      response.setHeader('content-type', 'application/json');
      for (let at = 0, size = 1; at < bytes.length; at += size, size = (size * 7) % 65_537)
        response.write(bytes.subarray(at, at + size));
      response.end();
    });
    const { ask } = openSubgraph(replica.url);
    // Compared here, and not by `toEqual`, which would print both.
    for (let time = 0; time < 2; time++) expect((await ask()).data?.name === name).toBe(true);
    expect(replica.connections()).toBe(1);
  });

  it('tells how it may be kept', async () => {
    const replica = await startReplica(
      json('{"data":{"a":1},"extensions":{"cacheTags":["A:1"]}}', 200, { 'cache-control': 'max-age=9, public' }),
    );
    const context = aContext();
    await openSubgraph(replica.url).ask({ context });
    expect(context.policy.verdict(true)).toMatchObject({ kind: 'public', maxAgeMs: 9_000, tags: ['A:1'] });
  });
});

describe('a client that has gone', () => {
  it('ends the work for its query', async () => {
    const replica = await startReplica(hang);
    const { ask, metric } = openSubgraph(replica.url);
    const client = new Cancellation();
    const answer = ask({ context: aContext({ signal: client }) });
    await expect.poll(() => replica.asked.length).toBe(1);
    const closed = new Promise((resolve) => replica.asked[0]?.response.on('close', resolve));
    client.cancel();
    await closed;
    await answer;
    expect(await metric('subgraph_requests_total', { outcome: 'cancelled' })).toBe(1);
    expect(await metric('subgraph_in_flight')).toBe(0);
  });

  it('does not interrupt its mutation', async () => {
    const replica = await startReplica(hang);
    const { ask } = openSubgraph(replica.url);
    const client = new Cancellation();
    const answer = ask({ ...MUTATION, context: aContext({ signal: client }) });
    await expect.poll(() => replica.asked.length).toBe(1);
    client.cancel();
    for (const one of replica.asked) json()(one);
    expect((await answer).data).toEqual({ a: 1 });
  });
});

describe('equal queries at the same time', () => {
  it('are asked once', async () => {
    const replica = await startReplica(hang);
    const { ask, metric } = openSubgraph(replica.url);
    const call = aCall({ context: aContext({ viewer: 'ann' }) });
    const answers = Array.from({ length: 50 }, () => ask(call));
    await expect.poll(() => replica.asked.length).toBe(1);
    for (const one of replica.asked) json()(one);
    const all = await Promise.all(answers);
    expect(all.map(({ data }) => data)).toEqual(Array(50).fill({ a: 1 }));
    // Executors write into what they are given.
    expect(new Set(all.map(({ data }) => data)).size).toBe(50);
    expect([replica.asked.length, await metric('subgraph_deduplicated_total')]).toEqual([1, 49]);
  });

  it('of different viewers, and mutations, are asked each', async () => {
    const replica = await startReplica();
    const { ask } = openSubgraph(replica.url);
    const by = (viewer: string) => ({ variables: '{}', context: aContext({ viewer }) });
    await Promise.all([
      ask(by('ann')),
      ask(by('bob')),
      ask({ ...MUTATION, ...by('ann') }),
      ask({ ...MUTATION, ...by('ann') }),
    ]);
    expect(replica.asked).toHaveLength(4);
  });
});
