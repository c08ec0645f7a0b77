import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { compose, startSubgraph } from './fixture.ts';
import { startProcess, writeSupergraph } from './gateway-process.ts';

const TILL = `type Query { now: Int } type Mutation { sell(id: ID!): ID }`;
const CLIENTS = 8;

/** Over a connection of its own, which is kept for as long as the other end keeps it. */
function createClient() {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const send = (method: string, url: string, body = '') =>
    new Promise<{ status: number; text: string }>((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const sent = request(url, { method, agent, headers }, async (response) => {
        let text = '';
        for await (const chunk of response) text += chunk;
        resolve({ status: response.statusCode ?? 0, text });
      });
      sent.on('error', reject);
      sent.end(body);
    });
  return { send, close: () => agent.destroy() };
}

/** As a load balancer does: asks each one often whether it is ready, and sends nothing to one that is not. */
function watchReadiness(urls: readonly string[]) {
  const ready = new Set(urls);
  const client = createClient();
  let isOver = false;
  const watching = (async () => {
    while (!isOver) {
      for (const url of urls) {
        const status = await client.send('GET', `${url}/readyz`).then(
          (answer) => answer.status,
          () => 0,
        );
        if (status !== 200) ready.delete(url);
      }
      await sleep(25);
    }
    client.close();
  })();
  const stop = () => {
    isOver = true;
    return watching;
  };
  return { ready, stop };
}

it('one of two gateways ends under load: no request is lost, no sale is made twice', { timeout: 120_000 }, async () => {
  const sold: string[] = [];
  const till = await startSubgraph('till', TILL, {
    Query: { now: () => sleep(5, 1) },
    Mutation: {
      sell: async (_, { id }) => {
        sold.push(id);
        return sleep(20, id);
      },
    },
  });
  const args = ['--supergraph', await writeSupergraph(compose(till)), '--port', '0'];
  const env = { READY_DRAIN_MS: '2000', DRAIN_MS: '20000', LOG_LEVEL: 'info' };
  const gateways = [startProcess(args, env), startProcess(args, env)] as const;
  const urls = await Promise.all(gateways.map(({ listening }) => listening()));
  const balancer = watchReadiness(urls);

  const answered = new Map(urls.map((url) => [url, 0]));
  const acknowledged: string[] = [];
  const failures: unknown[] = [];
  let isOver = false;
  const shop = async (client: number) => {
    const { send, close } = createClient();
    for (let round = 0; !isOver; round++) {
      const open = urls.filter((url) => balancer.ready.has(url));
      const url = open[(client + round) % open.length];
      if (url === undefined) throw new Error('no gateway is ready');
      const id = `${client}-${round}`;
      const body = round % 3 === 0 ? `{"query":"mutation { sell(id: \\"${id}\\") }"}` : '{"query":"{ now }"}';
      const expected = round % 3 === 0 ? `{"data":{"sell":"${id}"}}` : '{"data":{"now":1}}';
      try {
        const { status, text } = await send('POST', url, body);
        if (status === 200 && text.trim() === expected) answered.set(url, (answered.get(url) ?? 0) + 1);
        else failures.push({ url, status, text });
        if (round % 3 === 0) acknowledged.push(id);
      } catch (error) {
        failures.push({ url, error: String(error) });
      }
    }
    close();
  };
  const shopping = Promise.all(Array.from({ length: CLIENTS }, (_, client) => shop(client)));

  const [ending, staying] = urls;
  await expect.poll(() => answered.get(ending ?? ''), { timeout: 20_000 }).toBeGreaterThan(100);
  gateways[0].child.kill('SIGTERM');
  expect(await gateways[0].ended).toEqual([0, null]);
  const before = answered.get(staying ?? '') ?? 0;
  await expect.poll(() => answered.get(staying ?? ''), { timeout: 20_000 }).toBeGreaterThan(before + 50);
  isOver = true;
  await shopping;
  await balancer.stop();

  expect(failures).toEqual([]);
  expect(balancer.ready.size).toBe(1);
  expect(sold.toSorted()).toEqual(acknowledged.toSorted());
});
