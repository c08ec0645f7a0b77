import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { hooks, plugins } from './apollo-hooks-module.ts';
import { plugins as packages } from './apollo-packages-module.ts';
import { codes, compose, startIssuer } from './fixture.ts';
import { partsOf } from './parts.ts';
import { startShop } from './shop.ts';

const MODULE = { GATEWAY_MODULE: 'gateway/test/apollo-hooks-module.ts' };
const PAGE = 'query Page($id: ID!) { product(id: $id) { name price maker } }';
const PREFLIGHT = { 'apollo-require-preflight': '1' };
const GRAPHQL = 'application/graphql-response+json';

beforeEach(() => void hooks.splice(0));

/** A shop whose plugin has seen it start. */
async function startWatchedShop(env: Record<string, string> = {}) {
  expect(plugins).toHaveLength(1);
  const shop = await startShop({ ...MODULE, ...env });
  const start = hooks.splice(0);
  const asked = async (body: object, headers: Record<string, string> = {}) => {
    const response = await fetch(shop.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, seen: hooks.splice(0) };
  };
  return { ...shop, start, asked };
}

const LOOKED = [
  'requestDidStart POST',
  'didResolveSource',
  'parsingDidStart',
  'parsingDidEnd',
  'validationDidStart',
  'validationDidEnd',
  'didResolveOperation',
  'responseForOperation',
];
const EXECUTED = ['executionDidStart', 'executionDidEnd'];
const SENT = 'willSendResponse single';

describe('the hooks of a plugin', () => {
  it('are called in their order; those of an execution not for a kept answer', async () => {
    const { asked, goods } = await startWatchedShop();
    const page = { query: PAGE, variables: { id: '1' } };
    const made = await asked(page);
    expect(made.seen).toEqual([...LOOKED, ...EXECUTED, SENT]);
    const calls = goods.requests.length;
    const kept = await asked(page);
    // The document has been parsed and validated already.
    expect(kept.seen).toEqual([...LOOKED.filter((hook) => !/^(parsing|validation)/.test(hook)), SENT]);
    expect([kept.text, kept.headers.get('x-plugin'), goods.requests.length]).toEqual([made.text, 'was here', calls]);
    const changed = await asked({ query: 'mutation { touch }' });
    expect(changed.seen).toEqual([...LOOKED, ...EXECUTED, SENT]);
  });

  it('are called for one answer that many want, each time', async () => {
    const { asked, goods } = await startWatchedShop();
    let letGo = () => {};
    const gate = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    goods.fault = (response) => {
      response.setHeader('cache-control', 'max-age=60, public');
      void gate.then(() => response.end('{"data":{"product":{"name":"One"}}}'));
    };
    const query = '{ product(id: "1") { name } }';
    const asking = [1, 2, 3].map(() => asked({ query }));
    const begun = () => hooks.filter((hook) => hook === 'responseForOperation');
    await expect.poll(begun, { timeout: 20_000 }).toHaveLength(3);
    letGo();
    const answers = await Promise.all(asking);
    expect(answers.map(({ text }) => text)).toEqual(Array(3).fill('{"data":{"product":{"name":"One"}}}'));
    expect(answers.flatMap(({ seen }) => seen).filter((hook) => hook === SENT)).toHaveLength(3);
    expect(goods.requests).toHaveLength(1);
  });

  const unknown = { extensions: { persistedQuery: { version: 1, sha256Hash: 'f'.repeat(64) } } };
  const started = 'requestDidStart POST';
  const failed = (code: string) => [`didEncounterErrors ${code}`, SENT];
  it.each([
    ['what is no GraphQL', { query: '{ me {' }, 'GRAPHQL_PARSE_FAILED', [200, 400], [...LOOKED.slice(0, 4)]],
    ['what is not valid', { query: '{ shoeSize }' }, 'GRAPHQL_VALIDATION_FAILED', [200, 400], [...LOOKED.slice(0, 6)]],
    ['variables that do not fit', { query: PAGE }, 'BAD_USER_INPUT', [200, 400], [...LOOKED, 'executionDidStart']],
    ['a hash that nobody knows', unknown, 'PERSISTED_QUERY_NOT_FOUND', [200, 400], [started]],
    [
      'an operation that is not there',
      { query: 'query A { now }', operationName: 'B' },
      'OPERATION_RESOLUTION_FAILURE',
      [400, 400],
      [...LOOKED, ...EXECUTED],
    ],
    ['what costs too much', { query: '{ products { name } }' }, 'COST_TOO_HIGH', [400, 400], [...LOOKED, ...EXECUTED]],
  ])('tell of %s, whose status is what it is without plugins', async (_, body, code, statuses, before) => {
    const { asked } = await startWatchedShop({ MAX_COST: '5' });
    for (const [index, accept] of ['application/json', GRAPHQL].entries()) {
      const { status, headers, text, seen } = await asked(body, { accept });
      expect([status, headers.get('content-type'), codes(JSON.parse(text))]).toEqual([
        statuses[index],
        `${accept}; charset=utf-8`,
        [code],
      ]);
      // The second time the document is known.
      if (index === 0)
        expect(seen.filter((hook) => hook !== 'executionDidEnd')).toEqual([
          ...before.filter((hook) => hook !== 'executionDidEnd'),
          ...failed(code),
        ]);
    }
  });

  it('tell of a mutation by GET, which is not executed', async () => {
    const { url, prices } = await startWatchedShop();
    const query = 'mutation { setPrice(id: "1", price: 99) { price } }';
    const response = await fetch(`${url}/?${new URLSearchParams({ query })}`, { headers: PREFLIGHT });
    expect([response.status, prices.get('1')]).toEqual([405, 10]);
    expect(hooks.at(0)).toBe('requestDidStart GET');
    expect(hooks.slice(-2)).toEqual(['didEncounterErrors BAD_REQUEST', SENT]);
  });

  it('go around an answer in parts, and each of its later parts', async () => {
    const { asked, people } = await startWatchedShop();
    const query = '{ product(id: "1") { name ... @defer(label: "more") { maker } } }';
    const accept = 'multipart/mixed;deferSpec=20220824, application/json';
    const { status, headers, text, seen } = await asked({ query }, { accept });
    expect([status, headers.get('content-type'), headers.get('x-plugin')]).toEqual([
      200,
      'multipart/mixed; boundary="-"; deferSpec=20220824',
      'was here',
    ]);
    expect(partsOf(text)).toEqual([
      { data: { product: { name: 'Thing 1' } }, hasNext: true },
      { incremental: [{ data: { maker: 'Maker of 1' }, path: ['product'], label: 'more' }], hasNext: false },
    ]);
    expect(seen).toEqual([...LOOKED, ...EXECUTED, 'willSendResponse incremental', 'willSendSubsequentPayload false']);
    const newer = await asked({ query }, { accept: 'multipart/mixed;incrementalSpec=v0.2, application/json' });
    expect(newer.headers.get('content-type')).toBe('multipart/mixed; boundary="-"; incrementalSpec=v0.2');
    expect(partsOf(newer.text)).toEqual([
      {
        data: { product: { name: 'Thing 1' } },
        pending: [{ id: '0', path: ['product'], label: 'more' }],
        hasNext: true,
      },
      { incremental: [{ id: '0', data: { maker: 'Maker of 1' } }], completed: [{ id: '0' }], hasNext: false },
    ]);
    people.fault = (response) => response.end('nonsense');
    const broken = await asked({ query: query.replace('maker', 'wishes') }, { accept });
    expect(broken.seen.slice(-2)).toEqual([
      expect.stringMatching(/^didEncounterSubsequentErrors [A-Z_]+$/),
      'willSendSubsequentPayload false',
    ]);
    expect(JSON.stringify(partsOf(broken.text)[1])).not.toContain('subgraph');
    // Whoever takes no parts is given the whole.
    people.fault = undefined;
    expect(JSON.parse((await asked({ query })).text)).toEqual({
      data: { product: { name: 'Thing 1', maker: 'Maker of 1' } },
    });
  });

  it('tell of the start before the first request, of each new schema, and of the end', async () => {
    const { start, goods, people, ask, replaceSupergraph, metric, end } = await startWatchedShop();
    expect(start).toEqual(['serverWillStart', expect.stringMatching(/^schemaDidLoadOrUpdate \d+$/)]);
    const sdl = goods.sdl.replace('now: Float', 'now: Float later: Float');
    await replaceSupergraph(compose({ ...goods, sdl }, people));
    await expect.poll(() => metric('supergraph_reloads_total', { outcome: 'ok' }), { timeout: 20_000 }).toBe(1);
    expect((await ask('{ later }')).data).toHaveProperty('later');
    const fields = Number(start.at(1)?.split(' ')[1]);
    expect(hooks.filter((hook) => hook.startsWith('schema'))).toEqual([`schemaDidLoadOrUpdate ${fields + 1}`]);
    await end();
    expect(hooks.slice(-2)).toEqual(['drainServer', 'serverWillStop']);
  });
});

describe('Apollo’s own plugins', () => {
  const PACKAGES = { GATEWAY_MODULE: 'gateway/test/apollo-packages-module.ts' };

  it('keep, and tell how long others may keep, what is everybody’s', async () => {
    expect(packages).toHaveLength(4);
    const { ask } = await startShop(PACKAGES);
    const [made, kept] = [await ask(PAGE, { id: '1' }), await ask(PAGE, { id: '1' })];
    expect(made.headers.get('cache-control')).toBe('max-age=30, public');
    // By the package's own cache, which is asked before ours.
    expect([made.headers.get('age'), kept.headers.get('age')]).toEqual([null, expect.stringMatching(/^\d+$/)]);
    expect(kept.data).toEqual(made.data);
    for (const query of ['{ me { id } }', '{ now }', 'mutation { touch }', '{ product(id: "1") { seenBy } }']) {
      expect((await ask(query)).headers.get('cache-control')).toBe('no-store');
      expect((await ask(query)).headers.get('age')).toBeNull();
    }
  });

  it('tell it of what is asked by GET, too', async () => {
    const { url } = await startShop(PACKAGES);
    const search = new URLSearchParams({ query: '{ product(id: "1") { maker } }' });
    const { headers } = await fetch(`${url}/?${search}`, { headers: PREFLIGHT });
    expect(headers.get('cache-control')).toMatch(/^max-age=\d+, public$/);
    expect(headers.get('vary')).toBe('accept, authorization');
    const mine = await fetch(`${url}/?query=%7Bme%7Bid%7D%7D`, { headers: PREFLIGHT });
    expect(mine.headers.get('cache-control')).toBe('private, no-store');
  });

  it('keep nothing of what is made for some', async () => {
    const issuer = await startIssuer();
    const { ask, people } = await startShop({ ...PACKAGES, JWKS_URL: issuer.url });
    const staff = { authorization: `Bearer ${await issuer.token('usr_ann', ['ADMIN'])}` };
    for (let round = 0; round < 2; round++) {
      const { headers } = await ask('{ product(id: "1") { maker } }', {}, staff);
      expect([headers.get('cache-control'), headers.get('age')]).toEqual(['no-store', null]);
    }
    expect(people.requests.length).toBeGreaterThan(0);
  });

  it('trace what is asked to be traced', async () => {
    const { ask } = await startShop(PACKAGES);
    const { data, extensions } = await ask(PAGE, { id: '2' }, { 'apollo-federation-include-trace': 'ftv1' });
    expect(data).toMatchObject({ product: { name: 'Thing 2' } });
    expect(extensions).toEqual({ ftv1: expect.stringMatching(/^[\w+/]+=*$/) });
    // Its instrumentation of the schema leaves introspection alone.
    expect((await ask('{ __type(name: "Product") { name } }')).data).toEqual({ __type: { name: 'Product' } });
  });
});

it('a hash stands for its query with plugins, too', async () => {
  const { ask, asked } = await startWatchedShop();
  const query = '{ product(id: "1") { name } }';
  const sha256Hash = createHash('sha256').update(query).digest('hex');
  const extensions = { persistedQuery: { version: 1, sha256Hash } };
  await asked({ query, extensions });
  const { text } = await asked({ extensions });
  expect(JSON.parse(text)).toEqual({ data: (await ask(query)).data });
});
