import { describeWith } from '@entrepot/testing/servers';
import { expect, it, onTestFinished } from 'vitest';
import { bearer, codes, startIssuer } from './fixture.ts';
import { startProcess, writeSupergraph } from './gateway-process.ts';
import { startShop } from './shop.ts';

const CREDENTIAL = 'the credential of the operators, long enough';
const PRICE = '{ product(id: "1") { price } }';

/** Real processes over one shop. */
async function start() {
  const issuer = await startIssuer();
  const { goods, people, prices, supergraph } = await startShop();
  const file = await writeSupergraph(supergraph);
  const open = async (workers: number, env: Record<string, string> = {}) => {
    const own = {
      WORKERS: String(workers),
      JWKS_URL: issuer.url,
      CACHE_PURGE_CREDENTIAL: CREDENTIAL,
      DRAIN_MS: '2000',
    };
    const { said } = startProcess(['--supergraph', file, '--port', '0'], { ...own, ...env });
    const listening = () => [...said.out.matchAll(/"url":"(http:[^"]+)"/g)].map(([, url]) => url);
    await expect.poll(() => listening().length, { timeout: 30_000 }).toBe(workers);
    const url = listening()[0] ?? '';
    const post = async (path: string, body: object, headers: Record<string, string> = {}) => {
      // Connections go to the workers in turn.
      const all = { 'content-type': 'application/json', connection: 'close', ...headers };
      const response = await fetch(`${url}${path}`, { method: 'POST', headers: all, body: JSON.stringify(body) });
      return { status: response.status, answer: JSON.stringify(await response.json()) };
    };
    const ask = (query: string, headers?: Record<string, string>) => post('/', { query }, headers);
    const askAll = async (query: string, headers?: Record<string, string>) => {
      const answers = new Set<string>();
      for (let round = 0; round < 4 * workers; round++) answers.add((await ask(query, headers)).answer);
      return [...answers];
    };
    const purge = (body: object) => post('/cache/purge', body, { authorization: `Bearer ${CREDENTIAL}` });
    /** A machine that is busy may be late to confirm one: it is asked for again then, as operators are told to. */
    const purgeAll = (body: object) =>
      expect.poll(async () => (await purge(body)).status, { timeout: 30_000 }).toBe(200);
    const isReady = () => said.out.split('the cache is in Redis').length > workers;
    const pids = [...said.out.matchAll(/"pid":(\d+).*"url":"http:/g)].map(([, pid]) => Number(pid));
    return { ask, askAll, purge, purgeAll, isReady, pids };
  };
  const token = async (id: string) => bearer(await issuer.token(id));
  return { goods, people, prices, open, token };
}
const priced = (price: number) => `{"data":{"product":{"price":${price}}}}`;

it('a purge by one worker reaches all of them, and so does what a viewer has changed', async () => {
  const { goods, people, prices, open, token } = await start();
  const { ask, askAll, purgeAll } = await open(2);
  const ann = await token('ann');
  expect(await askAll(PRICE)).toEqual([priced(10)]);
  // Each has asked for itself.
  expect(goods.requests).toHaveLength(2);
  let price = 10;
  for (const body of [
    { tags: ['Product:1'] },
    { type: 'Product', id: '1' },
    { type: 'Product' },
    { everything: true },
  ]) {
    prices.set('1', ++price);
    await purgeAll(body);
    expect(await askAll(PRICE)).toEqual([priced(price)]);
  }
  expect(goods.requests).toHaveLength(10);

  await askAll('{ me { id secret } }', ann);
  expect(people.requests).toHaveLength(2);
  await ask('mutation { touch }', ann);
  await askAll('{ me { id secret } }', ann);
  expect(people.requests).toHaveLength(4);
});

it('a purge of which one worker says nothing is not said to be done', async () => {
  const { open } = await start();
  const { askAll, purge, purgeAll, pids } = await open(2);
  const [pid = 0] = pids;
  expect(pids).toHaveLength(2);
  process.kill(pid, 'SIGSTOP');
  onTestFinished(() => void process.kill(pid, 'SIGCONT'));
  // A connection that is given to the one that stands still has to wait for it.
  const purges = [1, 2, 3].map(() => purge({ everything: true }));
  const { status, answer } = await Promise.any(purges);
  expect([status, codes(JSON.parse(answer))]).toEqual([503, ['UNAVAILABLE']]);
  process.kill(pid, 'SIGCONT');
  await Promise.all(purges);
  await purgeAll({ everything: true });
  expect(await askAll(PRICE)).toEqual([priced(10)]);
});

describeWith('redis', 'with Redis', (url) => {
  it('a purge reaches the workers of all gateways', async () => {
    const { prices, open } = await start();
    const env = { REDIS_URL: url, REDIS_TIMEOUT_MS: '2000' };
    const gateways = [await open(2, env), await open(1, env)];
    await expect.poll(() => gateways.every(({ isReady }) => isReady())).toBe(true);
    let price = 10;
    const readAll = async () => (await Promise.all(gateways.map(({ askAll }) => askAll(PRICE)))).flat();
    expect(await readAll()).toEqual([priced(price), priced(price)]);
    for (const { purgeAll } of gateways) {
      prices.set('1', ++price);
      await purgeAll({ tags: ['Product:1'] });
      expect(await readAll()).toEqual([priced(price), priced(price)]);
    }
  });
});
