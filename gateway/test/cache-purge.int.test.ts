import { describe, expect, it } from 'vitest';
import { startCachedShop } from './cached-shop.ts';
import { codes } from './fixture.ts';

const CREDENTIAL = 'the credential of the operators, long enough';

describe('operators', () => {
  async function start() {
    const shop = await startCachedShop({ CACHE_PURGE_CREDENTIAL: CREDENTIAL });
    const purge = async (body: unknown, credential = CREDENTIAL, method = 'POST') => {
      const response = await fetch(`${shop.url}/cache/purge`, {
        method,
        headers: { authorization: `Bearer ${credential}` },
        ...(method === 'POST' && { body: JSON.stringify(body) }),
      });
      const answer: unknown = await response.json();
      return { status: response.status, answer };
    };
    /** Which of these need a call of the goods. */
    const asked = async () => {
      const product = (id: string) => `{ product(id: "${id}") { price } }`;
      const queries = [product('1'), product('2'), '{ products { price } }'];
      const counts: number[] = [];
      for (const query of queries) counts.push(await shop.calls(() => shop.ask(query)));
      return counts;
    };
    return { ...shop, purge, asked };
  }

  it('purge by tag, by id, by type, or everything', async () => {
    const { purge, asked } = await start();
    expect(await asked()).toEqual([1, 1, 1]);
    expect(await asked()).toEqual([0, 0, 0]);
    expect(await purge({ tags: ['Product:1'] })).toMatchObject({ status: 200 });
    expect(await asked()).toEqual([1, 0, 0]);
    await purge({ type: 'Product', id: '2' });
    expect(await asked()).toEqual([0, 1, 0]);
    await purge({ type: 'Product' });
    expect(await asked()).toEqual([1, 1, 1]);
    await purge({ type: 'Seller' });
    expect(await asked()).toEqual([0, 0, 0]);
    await purge({ everything: true });
    expect(await asked()).toEqual([1, 1, 1]);
  });

  it('show their credential, and say what to purge', async () => {
    const { purge } = await start();
    const refused = async (...args: Parameters<typeof purge>) => {
      const { status, answer } = await purge(...args);
      return [status, ...codes(answer)];
    };
    expect(await refused({ everything: true }, `${CREDENTIAL}x`)).toEqual([401, 'UNAUTHENTICATED']);
    expect(await refused({}, CREDENTIAL, 'GET')).toEqual([405, 'METHOD_NOT_ALLOWED']);
    for (const body of [{}, { tags: [] }, { tags: [1] }, { everything: false }, { type: 'A', tags: ['B'] }, null])
      expect(await refused(body)).toEqual([400, 'INVALID_ARGUMENT']);
  });

  it('find no way to purge where there is no credential', async () => {
    const shop = await startCachedShop({});
    const response = await fetch(`${shop.url}/cache/purge`, { method: 'POST', body: '{"everything":true}' });
    expect(response.status).toBe(404);
  });
});
