import { describe, expect, it } from 'vitest';
import { startShop } from './shop.ts';

const json = { 'content-type': 'application/json' };

describe('a client who leaves', () => {
  it.each([
    ['a query', '{ product(id: "1") { name } }'],
    ['a query that may not be kept', '{ now }'],
  ])('ends the work for %s', async (_, query) => {
    const { url, goods } = await startShop({ SUBGRAPH_TIMEOUT_MS: '600000' });
    for (let round = 0; round < 2; round++) {
      const leaving = new AbortController();
      let isAsked = false;
      const stopped = new Promise((resolve) => {
        goods.fault = (response) => {
          isAsked = true;
          response.once('close', resolve);
        };
      });
      const body = JSON.stringify({ query });
      const asking = fetch(url, { method: 'POST', headers: json, body, signal: leaving.signal });
      await expect.poll(() => isAsked, { timeout: 10_000 }).toBe(true);
      leaving.abort();
      await expect(asking).rejects.toThrow();
      await stopped;
    }
  });

  it('leaves the answer to those who want the same', async () => {
    const { url, ask, goods } = await startShop({ SUBGRAPH_TIMEOUT_MS: '600000' });
    let letGo = () => {};
    const gate = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    goods.fault = (response) => {
      void gate.then(() => response.end('{"data":{"product":{"name":"Thing 1"}}}'));
    };
    const query = '{ product(id: "1") { name } }';
    const leaving = new AbortController();
    const body = JSON.stringify({ query, variables: {} });
    const left = fetch(url, { method: 'POST', headers: json, body, signal: leaving.signal });
    await expect.poll(() => goods.requests.length, { timeout: 10_000 }).toBe(1);
    const stayed = ask(query);
    leaving.abort();
    await expect(left).rejects.toThrow();
    letGo();
    expect((await stayed).data).toEqual({ product: { name: 'Thing 1' } });
  });

  it('leaves a mutation to be finished', async () => {
    const { url, goods, logged, metric } = await startShop({ MUTATION_TIMEOUT_MS: '600000' });
    let letGo = () => {};
    let isCutOff = false;
    goods.fault = (response) => {
      response.once('close', () => {
        isCutOff = !response.writableFinished;
      });
      letGo = () => response.end('{"data":{"touch":true}}');
    };
    const leaving = new AbortController();
    const body = JSON.stringify({ query: 'mutation Touch { touch }' });
    const left = fetch(url, { method: 'POST', headers: json, body, signal: leaving.signal });
    await expect.poll(() => goods.requests.length, { timeout: 10_000 }).toBe(1);
    leaving.abort();
    await expect(left).rejects.toThrow();
    await expect.poll(() => metric('http_requests_total', { status: 'aborted' }), { timeout: 10_000 }).toBe(1);
    expect(isCutOff).toBe(false);
    letGo();
    await expect.poll(() => logged.join(''), { timeout: 10_000 }).toMatch(/"operation":"Touch".*"errors":\[\]/);
    expect(isCutOff).toBe(false);
  });
});
