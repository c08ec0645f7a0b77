import { randomUUID } from 'node:crypto';
import { createMemoryStore } from '@entrepot/cache/memory-store';
import { createRedisStore } from '@entrepot/cache/redis-store';
import { createLogger } from '@entrepot/telemetry/logger';
import { describeWith } from '@entrepot/testing/servers';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Verdict } from '../src/cache/policy.ts';
import { createResponseCache } from '../src/cache/response-cache.ts';

const logger = createLogger({ service: 'test', level: 'silent' });
const forever = () => Number.POSITIVE_INFINITY;
const kept = (tags: readonly string[]): Verdict => ({
  kind: 'public',
  maxAgeMs: 300_000,
  revalidateMs: 0,
  ifErrorMs: 0,
  tags,
});
const question = (document: string) => ({
  generation: 'g',
  document,
  operationName: undefined,
  variables: {},
  denied: '',
});

describeWith('redis', 'two gateways on one Redis', (url) => {
  async function openTwo() {
    const prefix = randomUUID();
    return Promise.all(
      [1, 2].map(async () => {
        const store = createRedisStore({ url, logger, prefix, commandTimeoutMs: 5_000 });
        onTestFinished(() => store.close());
        await expect.poll(() => store.isReady()).toBe(true);
        return { store, cache: createResponseCache<string>({ store, ttlLimitMs: forever }) };
      }),
    );
  }

  it('make an answer at most twice for 1,000 who miss it at the same time', async () => {
    const gateways = await openTwo();
    let calls = 0;
    const make = async () => {
      const answer = `made ${++calls}`;
      await new Promise((wake) => setTimeout(wake, 100));
      return { answer, verdict: kept(['A:1']), body: () => Buffer.from(answer) };
    };
    const served = await Promise.all(
      Array.from({ length: 1_000 }, (_, index) => gateways[index % 2]?.cache.serve(question('d'), undefined, make)),
    );
    expect(served).toHaveLength(1_000);
    expect(calls).toBeLessThanOrEqual(2);
  });

  it('do not wait for each other when one has failed, has nothing to keep, or began before a purge', async () => {
    const [one, two] = await openTwo();
    if (!one || !two) throw new Error('two were opened');
    const failing = one.cache.serve(question('failing'), undefined, () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    const make = (answer: string, verdict: Verdict) => async () => ({
      answer,
      verdict,
      body: () => Buffer.from(answer),
    });
    const ask = async (gateway: typeof one, document: string, verdict: Verdict) => {
      const served = await gateway.cache.serve(question(document), undefined, make('made', verdict));
      return served.outcome;
    };
    let looks = 0;
    const { get } = two.store;
    two.store.get = (...args) => {
      looks++;
      return get(...args);
    };
    expect(await ask(two, 'failing', kept([]))).toBe('miss');
    expect(await ask(one, 'none', { kind: 'none' })).toBe('miss');
    expect(await ask(two, 'none', { kind: 'none' })).toBe('miss');
    let open = () => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    let isRunning = false;
    const slow = one.cache.serve(question('slow'), undefined, async () => {
      isRunning = true;
      await gate;
      return { answer: 'old', verdict: kept(['A:1']), body: () => Buffer.from('old') };
    });
    await expect.poll(() => isRunning).toBe(true);
    await two.store.purge(['A:1']);
    expect(await ask(two, 'slow', kept(['A:1']))).toBe('miss');
    // Who waits for a lease to its end looks some forty times; here there are three that would be waited for.
    expect(looks).toBeLessThan(60);
    open();
    await slow;
  });
});

describe('a mix of 10,000 products', () => {
  it('of which few are asked for often (Zipf 1.0) is answered from the cache at least 95 times in 100', async () => {
    const seed = 20_261_125;
    let state = seed;
    const random = () => {
      state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
      return state / 4_294_967_296;
    };
    const products = 10_000;
    const requests = 300_000;
    const cumulative = new Float64Array(products);
    let sum = 0;
    for (let rank = 0; rank < products; rank++) cumulative[rank] = sum += 1 / (rank + 1);
    const draw = () => {
      const wanted = random() * sum;
      let [low, high] = [0, products - 1];
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((cumulative[middle] ?? 0) < wanted) low = middle + 1;
        else high = middle;
      }
      return low;
    };
    const store = createMemoryStore({ maxBytes: 64 * 1024 * 1024 });
    const cache = createResponseCache<string>({ store, ttlLimitMs: forever, random });
    const body = Buffer.alloc(2_000, 'x');
    let hits = 0;
    for (let request = 0; request < requests; request++) {
      // One change of a price to 500 requests.
      if (request % 500 === 499) await store.purge([`Product:${draw()}`]);
      const product = draw();
      const served = await cache.serve(question(`p${product}`), undefined, async () => ({
        answer: '',
        verdict: kept([`Product:${product}`]),
        body: () => body,
      }));
      if (served.outcome === 'hit') hits++;
    }
    const ratio = hits / requests;
    console.info(`seed ${seed}: ${(ratio * 100).toFixed(2)} % of ${requests} requests were hits`);
    expect(ratio).toBeGreaterThanOrEqual(0.95);
  });
});
