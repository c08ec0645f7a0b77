import { randomUUID } from 'node:crypto';
import { startRedis } from '@entrepot/servers/redis';
import { describeWith } from '@entrepot/testing/servers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Env, PAGE, startCachedShop } from './cached-shop.ts';
import { countRead, openConnection, type Reply } from './one-connection.ts';

const body = JSON.stringify({ query: PAGE, variables: { id: '1' } });

/** A connection on which kept answers come unread. */
async function startWarm(env: Env, headers: Env = {}) {
  const shop = await startCachedShop(env);
  const connection = await openConnection(shop.url);
  // Made, found, found on the short way, and read once more to be sure of the connection.
  for (let time = 0; time < 4; time++) await connection.post(body, headers);
  return { ...shop, connection };
}

/** Without what is another each time. */
const lasting = ({ status, head, text }: Reply) => ({
  status,
  head: head.map((line) => line.replace(/^(Date|ratelimit|content-length): .*/, '$1')),
  text: text.replace(/"(remaining|resetSeconds)":\d+/g, '"$1":…'),
});

/** What is promised of kept answers to requests that node:http has not read, wherever they are kept. */
function itAnswersUnread(env: () => Env): void {
  const start = (more: Env = {}, headers: Env = {}) => startWarm({ ...env(), ...more }, headers);

  it.each([
    [{}, {}],
    [{ RATE_LIMIT: '1000000000' }, {}],
    [{}, { accept: 'application/graphql-response+json' }],
    [{ RATE_LIMIT: '1000000000' }, { accept: 'application/graphql-response+json, application/json;q=0.9' }],
    [{ CORS_ORIGINS: 'http://there' }, { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }],
  ])('is as to one that it has (%j, %j)', async (env, headers: Record<string, string>) => {
    const { url, connection, calls, metric } = await start(env, headers);
    const other = await openConnection(url);
    const read = await other.post(body, headers);
    const rest = await calls(async () => {
      const count = await countRead(async () => {
        for (let time = 0; time < 3; time++)
          expect(lasting(await connection.post(body, headers))).toEqual(lasting(read));
      });
      expect(count).toBe(0);
    });
    expect(rest).toBe(0);
    expect(await metric('cache_requests_total', { outcome: 'hit' })).toBe(7);
    expect(await metric('graphql_requests_total', { outcome: 'ok' })).toBe(8);
    expect(await metric('http_requests_total', { status: '200' })).toBeGreaterThanOrEqual(8);
  });

  it('is charged to whoever asks, until nothing is left', async () => {
    const { connection, as } = await start({ RATE_LIMIT: '1', RATE_BURST: '40' });
    const leftOf = ({ text }: Reply) => JSON.parse(text).extensions.cost.remaining;
    const [ann, bob] = [await as(randomUUID()), await as(randomUUID())];
    const { requested } = JSON.parse((await connection.post(body, ann)).text).extensions.cost;
    await connection.post(body, bob);
    for (const who of [ann, bob]) {
      const lefts = [leftOf(await connection.post(body, who)), leftOf(await connection.post(body, who))];
      expect(lefts).toEqual([40 - 2 * requested, 40 - 3 * requested]);
    }
    const statuses: number[] = [];
    for (let time = 0; time < 50; time++) statuses.push((await connection.post(body, ann)).status);
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
    expect(statuses.at(-1)).toBe(429);
    expect((await connection.post(body, bob)).status).toBe(200);
  });

  it('is another after a purge and with another supergraph', async () => {
    const credential = 'c'.repeat(40);
    const { url, connection, prices, supergraph, replaceSupergraph, metric, calls } = await start({
      CACHE_PURGE_CREDENTIAL: credential,
    });
    expect(await countRead(() => connection.post(body))).toBe(0);
    prices.set('1', 11);
    const purged = await fetch(new URL('/cache/purge', url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${credential}` },
      body: JSON.stringify({ tags: ['Product:1'] }),
    });
    expect(purged.ok).toBe(true);
    expect(JSON.parse((await connection.post(body)).text).data.product.price).toBe(11);
    for (let time = 0; time < 3; time++) await connection.post(body);
    expect(await countRead(() => connection.post(body))).toBe(0);
    await replaceSupergraph(supergraph.replaceAll('Float', 'Int'));
    await expect.poll(() => metric('supergraph_reloads_total'), { timeout: 10_000 }).toBe(1);
    expect(await calls(() => connection.post(body))).toBeGreaterThan(0);
  });

  it('is for nobody whose token is not good, and not for staff', async () => {
    const { connection, as, calls } = await start();
    const eve = await as('eve');
    await connection.post(body, eve);
    expect(await countRead(() => connection.post(body, eve))).toBe(0);
    expect((await connection.post(body, { authorization: `${eve.authorization}x` })).status).toBe(401);
    expect((await connection.post(body, { authorization: 'Bearer nonsense' })).status).toBe(401);
    const clerk = await as('kim', ['ADMIN']);
    expect(await calls(() => connection.post(body, clerk))).toBe(2);
  });

  it('may be a viewer’s own, and is then nobody else’s', async () => {
    const { connection, as, calls } = await start();
    const mine = JSON.stringify({ query: '{ me { id secret } }' });
    const people = [
      { headers: await as('ann'), me: { id: 'ann', secret: 'ann ' } },
      { headers: await as('eve'), me: { id: 'eve', secret: 'eve ' } },
      { headers: await as('kim', ['ADMIN']), me: { id: 'kim', secret: 'kim ADMIN' } },
      { headers: {}, me: null },
    ];
    const askAll = async () => {
      for (const { headers, me } of people) {
        const { head, text } = await connection.post(mine, headers);
        expect(JSON.parse(text).data).toEqual({ me });
        expect(head).toContain('cache-control: no-store');
      }
    };
    for (let round = 0; round < 3; round++) await askAll();
    // Nobody in particular has nothing of their own to keep: that is read, and so is what the subgraph is asked then.
    expect(await calls(askAll)).toBe(1);
    expect(await countRead(askAll)).toBe(2);
    await connection.post(JSON.stringify({ query: 'mutation { touch }' }), people[0]?.headers);
    expect(await calls(askAll)).toBe(2);
  });

  it('is only for those who ask as others have to, and for no stream or page', async () => {
    const { connection } = await start({ CORS_ORIGINS: 'http://there' });
    expect((await connection.post(body, { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await connection.post(body, { accept: 'text/html' })).status).toBe(406);
    const streams = { accept: 'text/event-stream, application/json' };
    expect(await countRead(() => connection.post(body, streams))).toBe(1);
    const { head } = await connection.post(body, { origin: 'http://there' });
    expect(head).toContain('access-control-allow-origin: http://there');
  });

  it('keeps its place among others on the same connection', async () => {
    const { connection } = await start();
    const others = ['2', '1', '2'].map((id) => JSON.stringify({ variables: { id }, query: PAGE }));
    const names: string[] = [];
    for (const text of [others[0], body, others[1], body, others[2], body]) connection.write({}, text ?? '');
    for (let time = 0; time < 6; time++) names.push(JSON.parse((await connection.next()).text).data.product.name);
    expect(names).toEqual(['Thing 2', 'Thing 1', 'Thing 1', 'Thing 1', 'Thing 2', 'Thing 1']);
  });
}

describe('a kept answer to a request that node:http has not read', () => {
  itAnswersUnread(() => ({}));
});

describeWith('redis', 'the same from Redis', (url) => {
  // The time limit is that of a machine which runs everything else at the same time.
  itAnswersUnread(() => ({ REDIS_URL: url, REDIS_TIMEOUT_MS: '2000' }));

  async function startOwn() {
    const server = await startRedis();
    if ('unavailable' in server) throw new Error(server.unavailable);
    onTestFinished(() => server.stop());
    return { server, ...(await startWarm({ REDIS_URL: server.url, RATE_LIMIT: '1000000000' })) };
  }

  it('is done without when Redis dies', async () => {
    const { server, connection } = await startOwn();
    expect(await countRead(() => connection.post(body))).toBe(0);
    await server.stop();
    for (let time = 0; time < 10; time++) {
      const { status, text } = await connection.post(body);
      expect([status, JSON.parse(text).data.product.name]).toEqual([200, 'Thing 1']);
    }
  });

  it('is done without while Redis hangs', async () => {
    const { server, connection } = await startOwn();
    process.kill(server.pid, 'SIGSTOP');
    try {
      for (let time = 0; time < 10; time++) {
        const { status, text } = await connection.post(body);
        expect([status, JSON.parse(text).data.product.name]).toEqual([200, 'Thing 1']);
      }
    } finally {
      process.kill(server.pid, 'SIGCONT');
    }
  });
});
