import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { CREDENTIAL } from './fixture.ts';
import { startProcess, writeSupergraph } from './gateway-process.ts';
import { startLiveGraph } from './live-shop.ts';

const SUBSCRIBERS = 2_000;
const GOODS = 400;
const HOT = 'hot';

/** One connection with two subscriptions, and the last level that it was told of each good. */
async function subscribe(url: string, ids: readonly string[]) {
  const socket = new WebSocket(url, 'graphql-transport-ws');
  onTestFinished(() => socket.terminate());
  const levels = new Map<string, number>();
  await once(socket, 'open');
  socket.send('{"type":"connection_init"}');
  await once(socket, 'message');
  socket.on('message', (data) => {
    const { payload } = JSON.parse(String(data));
    const { id, level } = payload.data.goodChanged;
    // An older state after a newer one would be seen at the end.
    levels.set(id, level);
  });
  for (const id of ids) {
    const query = 'subscription Watch($id: ID!) { goodChanged(id: $id) { id level } }';
    socket.send(JSON.stringify({ id, type: 'subscribe', payload: { query, variables: { id } } }));
  }
  return levels;
}

it('serves 2,000 subscribers in one process: each is told its own, and what all follow is read once for all', {
  timeout: 120_000,
}, async () => {
  const graph = await startLiveGraph();
  const { listening } = startProcess(['--port', '0', '--supergraph', await writeSupergraph(graph.supergraph)], {
    ...graph.env,
    GATEWAY_CREDENTIAL: CREDENTIAL,
    LOG_LEVEL: 'info',
  });
  const url = await listening();
  const metric = async (name: string) => {
    const text = await (await fetch(`${url}/metrics`)).text();
    return Number(new RegExp(`^${name}(?:\\{.*\\})? ([\\d.e+]+)$`, 'm').exec(text)?.[1] ?? Number.NaN);
  };
  await expect.poll(() => metric('cache_events_live'), { timeout: 20_000 }).toBe(1);
  const before = await metric('process_resident_memory_bytes');

  const goodOf = (index: number) => `good-${index % GOODS}`;
  const seen: Map<string, number>[] = [];
  for (let begun = 0; begun < SUBSCRIBERS; begun += 100) {
    const hundred = Array.from({ length: 100 }, (_, index) =>
      subscribe(url.replace('http', 'ws'), [goodOf(begun + index), HOT]),
    );
    seen.push(...(await Promise.all(hundred)));
  }
  await expect.poll(() => metric('subscriptions_running'), { timeout: 20_000 }).toBe(2 * SUBSCRIBERS);
  // About 30 KB each when it was measured; the bound leaves room for what else a heap does meanwhile.
  expect((await metric('process_resident_memory_bytes')) - before).toBeLessThan(SUBSCRIBERS * 100_000);

  const isTold = (id: (index: number) => string, level: number) => () =>
    seen.filter((levels, index) => levels.get(id(index)) === level).length;
  for (let good = 0; good < GOODS; good++) graph.levels.set(goodOf(good), good);
  await graph.publish(
    Array.from({ length: GOODS }, (_, good) => ({ type: 'good.changed.v1', purges: [`Good:${goodOf(good)}`] })),
  );
  const isOwnTold = () => seen.filter((levels, index) => levels.get(goodOf(index)) === index % GOODS).length;
  await expect.poll(isOwnTold, { timeout: 30_000 }).toBe(SUBSCRIBERS);

  for (const level of [1, 2, 3]) {
    const reads = graph.shop.requests.length;
    await graph.setLevel(HOT, level);
    await expect
      .poll(
        isTold(() => HOT, level),
        { timeout: 30_000 },
      )
      .toBe(SUBSCRIBERS);
    expect(graph.shop.requests.length - reads).toBeLessThanOrEqual(2);
  }
  expect(await metric('subscription_answers_total')).toBeGreaterThanOrEqual(4 * SUBSCRIBERS);
  expect(new Set(seen.map(({ size }) => size))).toEqual(new Set([2]));
});
