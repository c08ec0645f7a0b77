import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { codes } from './fixture.ts';
import { startShop } from './shop.ts';

const PAGE = '{ product(id: "1") { name maker } }';
const PARTIAL = { product: { name: 'Thing 1', maker: null } };
const answers =
  (text: string | Buffer, status = 200, type = 'application/json') =>
  (response: ServerResponse) => {
    response.writeHead(status, { 'content-type': type, 'cache-control': 'max-age=60, public' });
    response.end(text);
  };

describe('a subgraph that fails', () => {
  it.each([
    ['hangs', () => {}, 'TIMEOUT'],
    [
      'drips',
      (response: ServerResponse) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        const drip = setInterval(() => response.write(' '), 20);
        response.on('close', () => clearInterval(drip));
      },
      'TIMEOUT',
    ],
    ['closes the connection', (response: ServerResponse) => response.destroy(), 'UNAVAILABLE'],
    ['answers with HTML', answers('<html>503</html>', 503, 'text/html'), 'UNAVAILABLE'],
    ['answers with half of its JSON', answers('{"data":{"_entities":[{"ma'), 'UNAVAILABLE'],
    ['answers with an array', answers('[1,2]'), 'UNAVAILABLE'],
    ['answers with nothing at all', answers('{}'), 'UNAVAILABLE'],
    ['answers with 40 MB', answers(Buffer.alloc(40 * 1024 * 1024, 32)), 'UNAVAILABLE'],
    [
      'refuses the gateway',
      answers('{"errors":[{"message":"no","extensions":{"code":"NOT_GATEWAY"}}]}', 401),
      'INTERNAL_SERVER_ERROR',
    ],
    [
      'does not know its own schema',
      answers('{"errors":[{"message":"Cannot query field x","extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}}]}', 400),
      'INTERNAL_SERVER_ERROR',
    ],
    ['answers with too few entities', answers('{"data":{"_entities":[]}}'), 'INVALID_SUBGRAPH_RESPONSE'],
  ])('and %s costs its part of the answer, with a code, in time', async (_, fault, code) => {
    const { ask, people } = await startShop({ SUBGRAPH_TIMEOUT_MS: '1500' });
    people.fault = fault;
    const began = performance.now();
    const answer = await ask(PAGE);
    expect(performance.now() - began).toBeLessThan(4_000);
    expect({ status: answer.status, data: answer.data, codes: codes(answer) }).toEqual({
      status: 200,
      data: PARTIAL,
      codes: [code],
    });
    expect(JSON.stringify(answer)).not.toMatch(/people|127\.0\.0\.1|stack|Cannot query/);
    // Well again, it is asked again: nothing of the failure was kept.
    people.fault = undefined;
    expect((await ask(PAGE)).errors).toBeUndefined();
  });

  it('and is gone leaves what needs it not unharmed', async () => {
    const { ask, people } = await startShop();
    await people.stop();
    expect((await ask(PAGE)).data).toEqual(PARTIAL);
    expect(codes(await ask(PAGE))).toEqual(['UNAVAILABLE']);
    expect((await ask('{ products { name price } }')).errors).toBeUndefined();
  });

  it('tells the place of what is missing, without the gateway’s own notation', async () => {
    const { ask, people } = await startShop();
    people.fault = (response) => response.destroy();
    expect((await ask(PAGE)).errors?.[0]?.path).toEqual(['product']);
    expect((await ask('{ products { name maker } }')).errors?.[0]?.path).toEqual(['products']);
  });

  it('sends wrong data: an error with its path, and no silent null', async () => {
    const { ask, people } = await startShop();
    people.fault = answers('{"data":{"_entities":[{"__typename":"Product","wishes":{"not":"a number"}}]}}');
    const answer = await ask('{ product(id: "1") { name wishes } }');
    expect(codes(answer)).toEqual(['INVALID_SUBGRAPH_RESPONSE']);
    expect(answer.errors?.[0]?.path).toEqual(['product', 'wishes']);
    expect(answer.extensions).toBeUndefined();
  });

  it('hangs in each of several steps: the deadline is that of the whole request', async () => {
    const { ask, goods, people } = await startShop({ SUBGRAPH_TIMEOUT_MS: '1500' });
    const slow = (subgraph: typeof goods) => {
      subgraph.fault = (response) =>
        void setTimeout(
          () => answers('{"data":{"product":{"__typename":"Product","id":"1","name":"n"}}}')(response),
          300,
        );
    };
    slow(goods);
    people.fault = () => {};
    const began = performance.now();
    expect(codes(await ask(PAGE))).toEqual(['TIMEOUT']);
    expect(performance.now() - began).toBeLessThan(2_300);
  });
});

describe('an error of a subgraph', () => {
  it('keeps its code and message when it has a code, and nothing else', async () => {
    const { ask } = await startShop();
    expect((await ask('{ refuse }')).errors).toEqual([
      { message: 'not for undefined', path: ['refuse'], extensions: { code: 'FORBIDDEN' } },
    ]);
  });

  it('without one stays inside', async () => {
    const { ask, logged } = await startShop();
    const answer = await ask('{ boom }');
    expect(codes(answer)).toEqual(['INTERNAL_SERVER_ERROR']);
    expect(JSON.stringify(answer)).not.toMatch(/SELECT|index\.ts/);
    expect(logged.join()).toContain('SELECT * FROM secrets');
  });
});

describe('a drain', () => {
  it('lets running requests finish and refuses new ones', async () => {
    const { url, ask, goods, end } = await startShop();
    goods.fault = (response) => void setTimeout(() => answers('{"data":{"now":1}}')(response), 300);
    const running = ask('{ now }');
    await expect.poll(() => goods.requests.length).toBe(1);
    const ending = end();
    expect((await running).data).toEqual({ now: 1 });
    await ending;
    await expect(fetch(`${url}/livez`)).rejects.toThrow();
  });
});
