import { hash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkHaproxy, type Haproxy, startHaproxy } from '../src/haproxy.ts';
import { portOf, until } from '../src/program.ts';
import { describeWithProgram } from './describe-with-program.ts';

const HOSTS = ['127.0.0.2', '127.0.0.3'];

type Gateway = { server: Server; seen: IncomingMessage[]; isReady: boolean; slowMs: number; drops: boolean };
type Answer = { status: number; body: string };

describeWithProgram('haproxy', 'haproxy', 'the load balancer', () => {
  const gateways: Gateway[] = [];
  let haproxy: Haproxy;

  beforeAll(async () => {
    haproxy = await startHaproxy(HOSTS, await startGateways(gateways));
    await until('both gateways are asked', async () => {
      const { status } = await ask('/');
      return status === 200 && gateways.every(({ seen }) => seen.length > 0);
    });
  });

  afterAll(async () => {
    await haproxy?.stop();
    for (const { server } of gateways) {
      server.close();
      server.closeAllConnections();
    }
  });

  const ask = (path: string, { method = 'GET', headers = {}, port = haproxy.publicPort } = {}) =>
    new Promise<Answer>((done) => {
      const call = request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
        let body = '';
        response.on('data', (chunk) => (body += chunk));
        response.on('end', () => done({ status: response.statusCode ?? 0, body }));
      });
      call.on('error', () => done({ status: 0, body: '' }));
      call.end(method === 'POST' ? '{}' : undefined);
    });

  it('has a configuration of which HAProxy has nothing to say', () => {
    expect(checkHaproxy()).toEqual({ status: 0, complaints: [] });
  });

  it('shares requests between the gateways', async () => {
    const answers = await Promise.all(Array.from({ length: 40 }, () => ask('/')));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ body }) => body))).toEqual(new Set(HOSTS));
  });

  it.each(['/metrics', '/metrics?a=b', '/METRICS', '//metrics', '/%6detrics', '/metrics/', '/readyz', '/livez'])(
    'keeps %s from the outside',
    async (path) => {
      expect((await ask(path)).status).toBe(404);
    },
  );

  it('lets nobody outside say who is asking', async () => {
    const headers = { 'x-viewer': 'me', 'x-gateway-credential': 'guess', 'x-request-deadline': '1', 'x-mine': 'kept' };
    await ask('/who', { headers });
    const seen = gateways.flatMap((gateway) => gateway.seen).find(({ url }) => url === '/who');
    expect(Object.keys(seen?.headers ?? {})).toContain('x-mine');
    expect(Object.keys(seen?.headers ?? {})).not.toContain('x-viewer');
    expect(Object.keys(seen?.headers ?? {})).not.toContain('x-gateway-credential');
    expect(Object.keys(seen?.headers ?? {})).not.toContain('x-request-deadline');
  });

  it('finishes what a draining gateway runs, sends it nothing new, and comes back to it', async () => {
    const [draining] = gateways;
    if (!draining) throw new Error('two gateways');
    draining.slowMs = 2_500;
    const running = Array.from({ length: 8 }, () => ask('/slow'));
    await until('it runs what is slow', async () => draining.seen.some(({ url }) => url === '/slow'));
    draining.slowMs = 0;
    draining.isReady = false;
    await until('the other takes all', async () => (await bodies(20)).every((body) => body === HOSTS[1]));
    expect((await Promise.all(running)).map(({ status }) => status)).toEqual(running.map(() => 200));
    draining.isReady = true;
    await until('it takes some again', async () => (await bodies(20)).includes(HOSTS[0] ?? ''));
  });

  it('sends what reads elsewhere when a gateway dies under it, but never a mutation twice', async () => {
    const [dying] = gateways;
    if (!dying) throw new Error('two gateways');
    dying.drops = true;
    const reads = await Promise.all(Array.from({ length: 20 }, () => ask('/read')));
    expect(reads.map(({ status }) => status)).toEqual(reads.map(() => 200));
    let sent = 0;
    const writes: Answer[] = [];
    // A gateway that has just come back is given little at first: write until it got some.
    await until('a write failed', async () => {
      const paths = Array.from({ length: 20 }, () => `/write/${sent++}`);
      writes.push(...(await Promise.all(paths.map((path) => ask(path, { method: 'POST' })))));
      return writes.some(({ status }) => status >= 500);
    });
    const arrived = gateways.flatMap(({ seen }) => seen.map(({ url }) => url ?? ''));
    const times = Map.groupBy(
      arrived.filter((url) => url.startsWith('/write/')),
      (url) => url,
    );
    dying.drops = false;
    expect(Math.max(...[...times.values()].map((urls) => urls.length))).toBe(1);
  });

  it('holds more streams than it lets requests through at once, and requests go on beside them', async () => {
    const streams = Array.from({ length: 1_100 }, () => {
      const accept = 'text/event-stream';
      const call = request({ host: '127.0.0.1', port: haproxy.publicPort, path: '/stream', headers: { accept } });
      call.on('error', () => {});
      return call.end();
    });
    const begun = streams.map(async (call) => {
      const [response]: IncomingMessage[] = await once(call, 'response');
      response?.on('error', () => {});
      return response && String((await once(response, 'data'))[0]);
    });
    expect(new Set(await Promise.all(begun))).toEqual(new Set([':\n\n']));
    expect((await ask('/')).status).toBe(200);
    for (const call of streams) call.destroy();
  });

  it('packs whole answers for who takes gzip, and no answer in parts', async () => {
    const packed = async (type: string, accept = 'gzip') => {
      const headers = { 'accept-encoding': accept, 'x-type': type };
      const call = request({ host: '127.0.0.1', port: haproxy.publicPort, path: '/', headers }).end();
      const [response]: IncomingMessage[] = await once(call, 'response');
      const chunks: Buffer[] = [];
      for await (const chunk of response ?? []) chunks.push(Buffer.from(chunk));
      const body = Buffer.concat(chunks);
      const encoding = response?.headers['content-encoding'];
      expect(HOSTS).toContain((encoding === 'gzip' ? gunzipSync(body) : body).toString());
      return encoding;
    };
    expect(await packed('application/json; charset=utf-8')).toBe('gzip');
    expect(await packed('application/graphql-response+json; charset=utf-8')).toBe('gzip');
    expect(await packed('application/json; charset=utf-8', 'identity')).toBeUndefined();
    expect(await packed('multipart/mixed; boundary="-"; deferSpec=20220824')).toBeUndefined();
  });

  it('opens WebSockets', async () => {
    const headers = { connection: 'upgrade', upgrade: 'websocket', 'sec-websocket-key': 'MDEyMzQ1Njc4OWFiY2RlZg==' };
    const call = request({ host: '127.0.0.1', port: haproxy.publicPort, path: '/graphql', headers }).end();
    const [, socket] = await once(call, 'upgrade');
    socket.write('echo');
    expect(String((await once(socket, 'data'))[0])).toBe('echo');
    socket.destroy();
  });

  it('tells Prometheus of itself inside', async () => {
    const { status, body } = await ask('/metrics', { port: haproxy.insidePort });
    expect(status).toBe(200);
    expect(body).toContain('haproxy_backend_active_servers{proxy="gateways"}');
    expect((await ask('/', { port: haproxy.insidePort })).status).toBe(404);
  });

  const bodies = async (count: number) =>
    (await Promise.all(Array.from({ length: count }, () => ask('/')))).map(({ body }) => body);
});

/** Two gateways on two addresses and one port, as replicas have. */
async function startGateways(gateways: Gateway[]): Promise<number> {
  let port = 0;
  for (const host of HOSTS) {
    const gateway: Gateway = { server: createServer(), seen: [], isReady: true, slowMs: 0, drops: false };
    gateway.server.on('request', (message: IncomingMessage, response) => {
      if (message.url === '/readyz') return void response.writeHead(gateway.isReady ? 200 : 503).end();
      gateway.seen.push(message);
      if (message.url === '/stream') return void response.write(':\n\n');
      if (gateway.drops) return void message.socket.destroy();
      const type = message.headers['x-type'];
      if (typeof type === 'string') response.setHeader('content-type', type);
      setTimeout(() => response.end(host), gateway.slowMs);
    });
    gateway.server.on('upgrade', ({ headers }, socket) => {
      // HAProxy does not open what the other end has not accepted by its key (RFC 6455).
      const accept = hash('sha1', `${headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`, 'base64');
      const lines = ['HTTP/1.1 101 Switching Protocols', 'connection: upgrade', 'upgrade: websocket'];
      socket.write([...lines, `sec-websocket-accept: ${accept}`, '', ''].join('\r\n'));
      socket.pipe(socket).on('error', () => {});
    });
    gateway.server.listen(port, host);
    await once(gateway.server, 'listening');
    ({ port } = portOf(gateway.server.address()));
    gateways.push(gateway);
  }
  return port;
}
