import { describeWith } from '@entrepot/testing/servers';
import { describe, expect, it } from 'vitest';
import { type Env, startCachedShop } from './cached-shop.ts';

const PARTS = { accept: 'multipart/mixed;deferSpec=20220824, application/json', 'content-type': 'application/json' };
const DEFERRED = '{ product(id: "1") { name ... @defer { maker } } }';

async function start(env: Env) {
  const shop = await startCachedShop(env);
  /** What came, in one text. */
  const defer = async (query: string, headers: Env = {}) => {
    const body = JSON.stringify({ query });
    const response = await fetch(shop.url, { method: 'POST', headers: { ...PARTS, ...headers }, body });
    expect(response.headers.get('content-type')).toContain('multipart/mixed');
    return response.text();
  };
  return { ...shop, defer };
}

function itKeepsParts(env: () => Env): void {
  it('asks nobody for what any answer, in parts or whole, has brought, until it is purged', async () => {
    const { ask, defer, calls, metric, ...shop } = await start({ ...env(), CACHE_PURGE_CREDENTIAL: 'x'.repeat(32) });
    expect(await calls(() => ask('{ product(id: "1") { maker } }'))).toBe(2);
    // The name is new, the maker is not.
    expect(await calls(async () => expect(await defer(DEFERRED)).toContain('"maker":"Maker of 1"'))).toBe(1);
    let text = '';
    expect(await calls(async () => (text = await defer(DEFERRED)))).toBe(0);
    expect(text).toContain('"name":"Thing 1"');
    expect(text).toContain('"maker":"Maker of 1"');
    expect(await calls(() => ask('{ product(id: "1") { name maker } }'))).toBe(1);
    const headers = { authorization: `Bearer ${'x'.repeat(32)}` };
    await fetch(`${shop.url}/cache/purge`, { method: 'POST', headers, body: '{"type":"Product","id":"1"}' });
    expect(await calls(() => defer(DEFERRED))).toBe(2);
  });

  it('keeps what is private for its viewer, and shares nothing with those who have a role', async () => {
    const { ask, defer, as, calls } = await start(env());
    const [ann, eve, kim] = [await as('ann'), await as('eve'), await as('kim', ['ADMIN'])];
    const MINE = '{ product(id: "1") { name ... @defer { seenBy } } me { ... @defer { secret } } }';
    for (let round = 0; round < 2; round++) {
      for (const [id, who] of [
        ['ann', ann],
        ['eve', eve],
        ['kim', kim],
      ] as const) {
        let text = '';
        const made = await calls(async () => (text = await defer(MINE, who)));
        expect([...text.matchAll(/"seenBy":"(\w+)"|"secret":"(\w+)/g)].map((found) => found[1] ?? found[2])).toEqual(
          expect.arrayContaining([id]),
        );
        for (const other of ['ann', 'eve', 'kim']) if (other !== id) expect(text).not.toContain(other);
        if (round > 0) expect(made).toBe(0);
      }
    }
    const whole = '{ me { secret } product(id: "1") { seenBy } }';
    const { data } = await ask(whole, {}, eve);
    expect(data).toEqual({ me: { secret: 'eve ' }, product: { seenBy: 'eve' } });
  });
}

describe('answers in parts, in this process', () => {
  itKeepsParts(() => ({}));
});

describeWith('redis', 'answers in parts, in Redis', (url) => {
  itKeepsParts(() => ({ REDIS_URL: url, REDIS_TIMEOUT_MS: '2000' }));
});
