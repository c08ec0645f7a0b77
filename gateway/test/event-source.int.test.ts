import { request } from 'node:http';
import { EventSource } from 'undici';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { startLiveShop } from './live-shop.ts';

const GOOD = 'subscription ($id: ID!) { goodChanged(id: $id) { id level } }';
const WAIT = { timeout: 10_000 };
const SHOP = 'https://shop.example';
const addressOf = (url: string, query: string, variables: object = {}) =>
  `${url}/?${new URLSearchParams({ query, variables: JSON.stringify(variables) })}`;

// It would say on its first use that it is new in undici.
vi.spyOn(process, 'emitWarning').mockReturnValue();

/** What a browser's `EventSource` is told. */
function listen(address: string) {
  const source = new EventSource(address);
  onTestFinished(() => source.close());
  const heard: unknown[] = [];
  source.addEventListener('next', (event) => void heard.push(JSON.parse(Object(event).data)));
  source.addEventListener('complete', () => {
    heard.push('complete');
    // Or it would come again by itself.
    source.close();
  });
  return { source, heard };
}

/** What a page is answered first, by a browser that says this of it. */
function firstOf(address: string, headers: Record<string, string>): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const asking = request(address, { headers: { accept: 'text/event-stream', ...headers } }, (response) => {
      response.once('data', (data) => {
        const allowed = response.headers['access-control-allow-origin'] ?? 'nobody';
        resolve({ status: response.statusCode ?? 0, text: `${allowed} ${data}` });
        asking.destroy();
      });
    });
    asking.on('error', reject).end();
  });
}

describe('an EventSource', () => {
  it('is told each change, and is let go of when it closes', async () => {
    const { url, running, setLevel } = await startLiveShop();
    const { source, heard } = listen(addressOf(url, GOOD, { id: '1' }));
    await expect.poll(running, WAIT).toBe(1);
    await setLevel('1', 5);
    await expect.poll(() => heard, WAIT).toEqual([{ data: { goodChanged: { id: '1', level: 5 } } }]);
    source.close();
    await expect.poll(running, WAIT).toBe(0);
  });

  it('is told what is wrong, as an event, and that it is over', async () => {
    const { url } = await startLiveShop();
    const { heard } = listen(addressOf(url, 'subscription { goodChanged(id: "1") { size } }'));
    await expect.poll(() => heard, WAIT).toHaveLength(2);
    expect(heard).toMatchObject([{ errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] }, 'complete']);
  });

  it('of another origin is served when its pages may read the answer, and else refused before anything begins', async () => {
    const { url, running } = await startLiveShop({ CORS_ORIGINS: SHOP });
    const address = addressOf(url, GOOD, { id: '1' });
    expect(await firstOf(address, { origin: SHOP, 'sec-fetch-site': 'cross-site' })).toEqual({
      status: 200,
      text: `${SHOP} :\n\n`,
    });
    await expect.poll(running, WAIT).toBe(0);
    for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) {
      const { text } = await firstOf(address, headers);
      expect(text).toMatch(/^nobody event: next\ndata: .*BAD_REQUEST/);
    }
    expect(await running()).toBe(0);
  });

  it('cannot ask for a query or a mutation without a header that it cannot send', async () => {
    const { url, shop } = await startLiveShop();
    for (const query of ['{ good(id: "1") { level } }', 'mutation { touch(id: "1") { level } }']) {
      const { heard } = listen(addressOf(url, query));
      await expect.poll(() => heard, WAIT).toHaveLength(2);
      expect(heard).toMatchObject([{ errors: [{ extensions: { code: 'BAD_REQUEST' } }] }, 'complete']);
    }
    expect(shop.requests).toEqual([]);
  });
});
