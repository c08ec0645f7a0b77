import type { ServerResponse } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { codes } from './fixture.ts';
import { startShop } from './shop.ts';

const PAGE = 'query Page($id: ID!) { product(id: $id) { name } }';
const ANSWER = '{"data":{"product":{"name":"Thing"}}}';
const KEPT = '{ product(id: "1") { name } }';

/** A shop whose goods hold each answer back until they are told to go on. */
async function startSlowShop(env: Record<string, string>) {
  const shop = await startShop(env);
  const held: ServerResponse[] = [];
  const answer = (response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(ANSWER);
  };
  const goOn = () => {
    shop.goods.fault = undefined;
    for (const response of held.splice(0)) answer(response);
  };
  onTestFinished(goOn);
  const slowDown = () => {
    shop.goods.fault = (response) => void held.push(response);
  };
  return { ...shop, held, goOn, slowDown };
}

it('more than can be done is refused at once, mutations and kept answers pass, and all is well when it is over', async () => {
  // Neither a wait nor a subgraph is given up before the test lets it go on, however slow the machine.
  const patient = { MAX_WAIT_MS: '60000', SUBGRAPH_TIMEOUT_MS: '60000' };
  const { url, ask, goods, held, goOn, slowDown, metric } = await startSlowShop({
    ...patient,
    MAX_RUNNING: '10',
    MAX_WAITING: '10',
  });
  await ask(KEPT);
  slowDown();

  const statuses: number[] = [];
  const asked = Array.from({ length: 60 }, async (_, id) => {
    const answer = await ask(PAGE, { id: `${id}` });
    statuses.push(answer.status);
    if (answer.status !== 200) expect([answer.status, codes(answer)]).toEqual([503, ['OVERLOADED']]);
  });
  // Of one kind half of the room is taken; ten wait at most, and everybody else knows already.
  const inLane = (state: string) => metric('admission_requests', { lane: 'browse', state });
  const refusals = () => metric('admission_refused_total', { priority: 'browse' });
  const patience = { timeout: 20_000 };
  await expect.poll(() => held.length, patience).toBe(5);
  await expect
    .poll(async () => (await inLane('running')) + (await inLane('waiting')) + (await refusals()), patience)
    .toBe(60);
  expect(await inLane('running')).toBe(5);
  expect(await inLane('waiting')).toBeLessThanOrEqual(10);
  await expect.poll(async () => statuses.length - (await refusals()), patience).toBe(0);
  expect(new Set(statuses)).toEqual(new Set([503]));

  const refused = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ __schema { queryType { name } } }' }),
  });
  expect([refused.status, refused.headers.get('retry-after'), refused.headers.get('connection')]).toEqual([
    503,
    '1',
    'keep-alive',
  ]);
  expect((await ask(KEPT)).data).toEqual({ product: { name: 'Thing 1' } });
  goods.fault = undefined;
  expect((await ask('mutation { touch }')).data).toEqual({ touch: true });

  goOn();
  await Promise.all(asked);
  expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(5);
  expect((await ask(PAGE, { id: '2' })).data).toEqual({ product: { name: 'Thing 2' } });
  expect(await metric('admission_requests', { lane: 'browse', state: 'running' })).toBe(0);
  expect(await metric('admission_refused_total', { priority: 'checkout' })).toBe(0);
});

it('whoever would wait for too long is refused in the end', async () => {
  const { ask, held, slowDown } = await startSlowShop({
    MAX_RUNNING: '1',
    MAX_WAIT_MS: '200',
    SUBGRAPH_TIMEOUT_MS: '60000',
  });
  slowDown();
  void ask(PAGE, { id: '1' }).catch(() => {});
  await expect.poll(() => held.length).toBe(1);
  expect(codes(await ask(PAGE, { id: '2' }))).toEqual(['OVERLOADED']);
});

it('while the process itself is short of time, browsing is refused unread, and checkout and kept answers pass', async () => {
  const env = { MAX_RUNNING: '1', MAX_WAITING: '1', MAX_WAIT_MS: '60000', SUBGRAPH_TIMEOUT_MS: '60000' };
  const { ask, goods, held, slowDown, metric } = await startSlowShop(env);
  await ask(KEPT);
  slowDown();
  const waiting = ['1', '2'].map((id) => ask(PAGE, { id }));
  await expect.poll(() => metric('admission_requests', { lane: 'browse', state: 'waiting' })).toBe(1);
  expect(held).toHaveLength(1);

  // An event loop that never rests, and yet serves whatever comes.
  let isSpinning = true;
  const spin = () => void (isSpinning && setImmediate(spin));
  const rest = () => {
    isSpinning = false;
  };
  onTestFinished(rest);
  spin();
  const refusals = () => metric('admission_refused_total', { priority: 'browse' });
  const unread = async () => (await refusals()) - (await metric('graphql_requests_total', { outcome: 'error' }));
  const isRefused = async () => expect(codes(await ask(PAGE, { id: 'x' }))).toEqual(['OVERLOADED']);
  await expect.poll(() => isRefused().then(unread), { timeout: 20_000, interval: 1 }).toBeGreaterThan(5);
  expect((await ask(KEPT)).data).toEqual({ product: { name: 'Thing 1' } });
  goods.fault = undefined;
  expect((await ask('mutation { touch }')).data).toEqual({ touch: true });
  expect(await metric('admission_refused_total', { priority: 'checkout' })).toBe(0);
  rest();
  for (const response of held) response.destroy();
  await Promise.all(waiting);
});
