import { once } from 'node:events';
import { request } from 'node:http';
import { Fault } from '@entrepot/kernel/fault';
import { currentTrace } from '@entrepot/telemetry/trace';
import { describe, expect, it } from 'vitest';
import { openSocket, signal, start } from './start.ts';

describe('the health of a process', () => {
  it('is alive and ready until it tells why not', async () => {
    const reasons: string[] = [];
    const { url } = await start({ ready: () => reasons });
    expect(await (await fetch(`${url}/livez`)).json()).toEqual({ status: 'alive' });
    expect((await fetch(`${url}/readyz?from=balancer`)).status).toBe(200);

    reasons.push('database: unreachable');
    const response = await fetch(`${url}/readyz`);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ status: 'not ready', reasons: ['database: unreachable'] });
    expect((await fetch(`${url}/livez`)).status).toBe(200);
  });

  it('is measured', async () => {
    const { url } = await start();
    await fetch(url);
    const text = await (await fetch(`${url}/metrics`)).text();
    expect(text).toContain('http_requests_total{status="200",service="test"} 1');
    expect(text).toContain('http_requests_running{service="test"} 1');
  });
});

it('a taken port is told in one sentence', async () => {
  const { port } = await start();
  await expect(start({ port })).rejects.toThrow(/^port \d+ is taken: stop what uses it, or set PORT$/);
});

it('a request runs in the trace that it names', async () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const { url } = await start({ handle: async (_, response) => void response.end(currentTrace()?.traceId) });
  const response = await fetch(url, { headers: { traceparent: `00-${traceId}-b7ad6b7169203331-01` } });
  expect(await response.text()).toBe(traceId);
});

it.each([
  ['RATE_LIMITED', 429],
  ['OVERLOADED', 503],
] as const)('%s is told with the time after which to come back, on a connection that stays', async (code, status) => {
  const { url } = await start({ handle: () => Promise.reject(new Fault(code, 'not now', { retryAfterS: 1.2 })) });
  const response = await fetch(url, { method: 'POST', body: 'not read' });
  expect([response.status, response.headers.get('retry-after')]).toEqual([status, '2']);
  expect(response.headers.get('connection')).toBe('keep-alive');
  expect(await response.json()).toEqual({ errors: [{ message: 'not now', extensions: { code } }] });
});

it.each([
  ['http://proxy.example/livez', 'alive'],
  ['HTTP://proxy.example:80/livez?x', 'alive'],
  ['http://proxy.example', '/'],
  ['http://proxy.example?a=/b', '/?a=/b'],
  ['/livez', 'alive'],
  ['//livez', '//livez'],
])('the request line GET %s means %s', async (path, answer) => {
  const { port } = await start({ handle: async ({ url }, response) => void response.end(url) });
  const call = request({ host: '127.0.0.1', port, path }).end();
  const [response] = await once(call, 'response');
  let text = '';
  for await (const chunk of response) text += chunk;
  expect(text).toContain(answer);
});

describe('a mistake of ours', () => {
  it('is logged, and hidden from the client', async () => {
    const { url, errors } = await start({ handle: () => Promise.reject(new Error('SELECT secret')) });
    const response = await fetch(`${url}/path?token=1`);
    expect(response.status).toBe(500);
    const text = await response.text();
    expect(JSON.parse(text).errors[0].extensions).toEqual({ code: 'INTERNAL_SERVER_ERROR' });
    expect(text).not.toContain('SELECT');
    expect(errors()).toMatchObject([{ path: '/path', err: { message: 'SELECT secret' }, traceId: expect.any(String) }]);
  });

  it('after the answer has begun ends the connection, so that the client does not take half for the whole', async () => {
    const { url } = await start({
      handle: async (_, response) => {
        response.writeHead(200, { 'content-length': 100 });
        response.write('half');
        throw new Error('broken');
      },
    });
    await expect(fetch(url).then((response) => response.text())).rejects.toThrow();
  });
});

describe('bytes that are no HTTP', () => {
  it.each([
    ['NONSENSE\r\n\r\n', 400],
    [`GET / HTTP/1.1\r\nhost: a\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  ])('are refused in JSON', async (bytes, status) => {
    const { port } = await start();
    const socket = openSocket(port);
    socket.send(bytes);
    const [head = '', body = ''] = (await socket.closed()).split('\r\n\r\n');
    expect(head).toContain(`HTTP/1.1 ${status} `);
    expect(JSON.parse(body).errors[0].extensions).toEqual({ code: 'BAD_REQUEST' });
  });
});

describe('a drain', () => {
  it('lets running requests finish, and their connections go', async () => {
    const [begun, mayEnd] = [signal(), signal()];
    const { url, close } = await start({
      handle: async (_, response) => {
        begun.resolve();
        await mayEnd.promise;
        response.end('done');
      },
    });
    const running = fetch(url);
    await begun.promise;
    const closed = close();
    await expect(fetch(url)).rejects.toThrow();
    mayEnd.resolve();
    const response = await running;
    expect(await response.text()).toBe('done');
    expect(response.headers.get('connection')).toBe('close');
    await closed;
  });

  it('closes idle keep-alive connections', async () => {
    const { port, close } = await start();
    const socket = openSocket(port);
    socket.send('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    expect(await socket.received('done')).toContain('keep-alive');
    await close();
    await socket.closed();
  });

  it('closes a connection whose answer began before', async () => {
    const [begun, mayEnd] = [signal(), signal()];
    const { port, close } = await start({
      handle: async (_, response) => {
        response.write('half');
        begun.resolve();
        await mayEnd.promise;
        response.end('done');
      },
    });
    const socket = openSocket(port);
    socket.send('GET / HTTP/1.1\r\nhost: a\r\n\r\n');
    await begun.promise;
    await socket.received('half');
    const closed = close();
    mayEnd.resolve();
    expect(await socket.closed()).toContain('done');
    await closed;
  });

  it('tells load balancers first, and serves meanwhile', async () => {
    const { url, close } = await start({ readyDrainMs: 300 });
    const closed = close();
    const readiness = await fetch(`${url}/readyz`);
    expect(readiness.status).toBe(503);
    expect(await readiness.json()).toEqual({ status: 'not ready', reasons: ['draining'] });
    const late = await fetch(url);
    expect(late.status).toBe(200);
    expect(late.headers.get('connection')).toBe('close');
    await closed;
    await expect(fetch(url)).rejects.toThrow();
  });

  it('cuts off what never ends', async () => {
    const begun = signal();
    const { url, close } = await start({
      drainMs: 50,
      handle: async () => {
        begun.resolve();
        await new Promise(() => {});
      },
    });
    const running = fetch(url).catch(() => 'cut off');
    await begun.promise;
    await close();
    expect(await running).toBe('cut off');
  });

  it('cuts off connections that speak another protocol, too', async () => {
    const { port, close } = await start({
      drainMs: 50,
      upgrade: (_, socket) => void socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n'),
    });
    const socket = openSocket(port);
    socket.send('GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n');
    await socket.received('101');
    await close();
    await socket.closed();
  });

  it('is one however often it is asked for', async () => {
    const { close } = await start();
    expect(close()).toBe(close());
    await close();
  });
});

it('a client that leaves is counted, and is no mistake of ours', async () => {
  const left = signal();
  const leaving = new AbortController();
  const { url, errors } = await start({
    handle: async (request, response) => {
      if (request.url !== '/slow') return void response.end();
      leaving.abort();
      await once(response, 'close');
      left.resolve();
      throw new Error('nobody is listening');
    },
  });
  await expect(fetch(`${url}/slow`, { signal: leaving.signal })).rejects.toThrow();
  await left.promise;
  expect(await (await fetch(`${url}/metrics`)).text()).toContain(
    'http_requests_total{status="aborted",service="test"} 1',
  );
  expect(errors()).toEqual([]);
});
