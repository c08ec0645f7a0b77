import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { CREDENTIAL, codes, compose, startSubgraph, startTestGateway } from './fixture.ts';
import { startShop } from './shop.ts';

const PAGE = 'query Page($id: ID!) { product(id: $id) { name price maker } }';
const json = { 'content-type': 'application/json' };

describe('a request', () => {
  it('is answered from the subgraphs that know its parts', async () => {
    const { ask } = await startShop();
    const { data, errors, status } = await ask(PAGE, { id: '1' });
    expect({ data, errors, status }).toEqual({
      data: { product: { name: 'Thing 1', price: 10, maker: 'Maker of 1' } },
      errors: undefined,
      status: 200,
    });
  });

  it('takes its trace, the gateway’s credential and a deadline to each subgraph, and nothing that a client made up', async () => {
    const { ask, goods, people } = await startShop();
    const traceId = randomBytes(16).toString('hex');
    await ask(
      PAGE,
      { id: '1' },
      {
        traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01`,
        'x-viewer': 'forged',
        'x-gateway-credential': 'forged',
        'x-request-deadline': '1',
        'x-user-id': 'forged',
        cookie: 'forged',
      },
    );
    for (const headers of [...goods.requests, ...people.requests]) {
      expect(headers.traceparent).toContain(traceId);
      expect(headers['x-gateway-credential']).toBe(CREDENTIAL);
      expect(Number(headers['x-request-deadline']) - Date.now()).toBeGreaterThan(3_000);
      expect(JSON.stringify(headers)).not.toContain('forged');
    }
    expect([goods.requests.length, people.requests.length]).toEqual([1, 1]);
  });

  it('is served by GET, and by hash once the query is known', async () => {
    const { url } = await startShop();
    const query = '{ product(id: "1") { name } }';
    const persistedQuery = { version: 1, sha256Hash: createHash('sha256').update(query).digest('hex') };
    const get = async (fields: Record<string, string>) =>
      (
        await fetch(`${url}/graphql?${new URLSearchParams(fields)}`, { headers: { 'apollo-require-preflight': '1' } })
      ).json();
    const extensions = JSON.stringify({ persistedQuery });
    expect(codes(await get({ extensions }))).toEqual(['PERSISTED_QUERY_NOT_FOUND']);
    for (const fields of [{ query }, { query, extensions }, { extensions }, { extensions }])
      expect(await get(fields)).toEqual({ data: { product: { name: 'Thing 1' } } });
  });

  it('is logged with its trace when it changes something, and counted by its name when that is known', async () => {
    const { ask, logged, metric } = await startShop();
    const traceId = randomBytes(16).toString('hex');
    await ask(
      'mutation PlaceOrder { touch }',
      {},
      { traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01` },
    );
    expect(logged.filter((line) => line.includes(traceId)).join()).toContain('PlaceOrder');
    const failing = randomBytes(16).toString('hex');
    await ask('{ boom }', {}, { traceparent: `00-${failing}-${randomBytes(8).toString('hex')}-01` });
    expect(logged.filter((line) => line.includes(failing)).join()).toContain('a subgraph failed');
    await ask('query MadeUp { product(id: "1") { name } }');
    expect(await metric('graphql_requests_total', { operation: 'PlaceOrder', outcome: 'ok' })).toBe(1);
    expect(await metric('graphql_requests_total', { operation: 'other', outcome: 'ok' })).toBe(1);
    expect(await metric('subgraph_requests_total', { subgraph: 'goods', outcome: 'ok' })).toBe(2);
  });
});

it('what a client can mend is counted apart from what an operator has to', async () => {
  const { ask, goods, metric } = await startShop({ MAX_COST: '50' });
  const counted = async (query: string) => {
    const counts = () =>
      Promise.all(['ok', 'refused', 'error'].map((outcome) => metric('graphql_requests_total', { outcome })));
    const before = await counts();
    await ask(query);
    const after = await counts();
    return ['ok', 'refused', 'error'].filter((_, index) => after[index] !== before[index]);
  };
  expect(await counted('{ product(id: "1") { name } }')).toEqual(['ok']);
  for (const query of [
    '{ me {',
    '{ shoeSize }',
    '{ refuse }',
    'query ($id: ID!) { product(id: $id) { name } }',
    '{ a: products { name } b: products { name } c: products { name } d: products { name } e: products { name } f: products { name } }',
  ])
    expect([query, await counted(query)]).toEqual([query, ['refused']]);
  expect(await counted('{ refuse boom }')).toEqual(['error']);
  goods.fault = (response) => response.destroy();
  expect(await counted('{ product(id: "2") { name } }')).toEqual(['error']);
});

const BAD: readonly (readonly [what: string, body: string, status: number, code: string])[] = [
  ['malformed JSON', '{"query": "{ me', 400, 'BAD_JSON'],
  ['an empty body', '', 400, 'BAD_JSON'],
  ['no operation', '{}', 400, 'BAD_REQUEST'],
  ['an empty batch', '[]', 400, 'BAD_REQUEST'],
  ['a batch of ten', JSON.stringify(Array(10).fill({ query: '{ now }' })), 400, 'BAD_REQUEST'],
  ['a batch within a batch', '[[{"query":"{ now }"}]]', 400, 'BAD_REQUEST'],
  ['a query that is no text', '{"query": 5}', 400, 'BAD_REQUEST'],
  ['a body of 10 MB', JSON.stringify({ query: `{ now } #${'x'.repeat(10_000_000)}` }), 413, 'BODY_TOO_LARGE'],
  ['an unknown field', '{"query":"{ me { shoeSize } }"}', 200, 'GRAPHQL_VALIDATION_FAILED'],
  ['a syntax error', '{"query":"{ me {"}', 200, 'GRAPHQL_PARSE_FAILED'],
  ['a variable that is missing', JSON.stringify({ query: PAGE }), 200, 'BAD_USER_INPUT'],
  ['an unknown operation name', '{"query":"query A { now }","operationName":"B"}', 400, 'OPERATION_RESOLUTION_FAILURE'],
  [
    'several operations and no name',
    '{"query":"query A { now } query B { now }"}',
    400,
    'OPERATION_RESOLUTION_FAILURE',
  ],
  [
    'a deep operation',
    JSON.stringify({ query: `{ ${'a { '.repeat(40)} b ${'} '.repeat(40)} }` }),
    400,
    'OPERATION_TOO_LARGE',
  ],
  [
    'many aliases',
    JSON.stringify({ query: `{ ${Array.from({ length: 200 }, (_, index) => `a${index}: now`).join(' ')} }` }),
    400,
    'OPERATION_TOO_LARGE',
  ],
  ['many tokens', JSON.stringify({ query: `{ ${'now '.repeat(6_000)} }` }), 400, 'OPERATION_TOO_LARGE'],
  [
    'fragments of fragments',
    JSON.stringify({
      query: `{ ...f0 } ${Array.from({ length: 40 }, (_, index) => `fragment f${index} on Query { ...f${index + 1} ...f${index + 1} }`).join(' ')} fragment f40 on Query { now }`,
    }),
    400,
    'OPERATION_TOO_LARGE',
  ],
  [
    'deep variables',
    `{"query":"query($id: ID!) { product(id: $id) { name } }","variables":{"id":${'['.repeat(500)}${']'.repeat(500)}}}`,
    400,
    'INVALID_ARGUMENT',
  ],
];

describe('bad input', () => {
  it('gets one error as JSON, each in its way', async () => {
    const { url } = await startShop();
    const answers: unknown[] = [];
    for (const [what, body] of BAD) {
      const response = await fetch(url, { method: 'POST', headers: json, body });
      const answer = z
        .object({ data: z.null().optional() })
        .loose()
        .parse(await response.json());
      answers.push([what, response.status, ...codes(answer)]);
      expect(JSON.stringify(answer)).not.toMatch(/node_modules|stack|goods|127\.0\.0\.1/);
    }
    expect(answers).toEqual(BAD.map(([what, _, status, code]) => [what, status, code]));
  });

  it('of a request that a browser could be tricked into is refused, whatever the cache holds', async () => {
    const { url, ask } = await startShop();
    const query = '{ product(id: "1") { name } }';
    await ask(query);
    const plain = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'text/plain' },
      body: JSON.stringify({ query }),
    });
    const get = await fetch(`${url}/?query=${encodeURIComponent(query)}`);
    expect([plain.status, codes(await plain.json())]).toEqual([415, ['UNSUPPORTED_MEDIA_TYPE']]);
    expect([get.status, codes(await get.json())]).toEqual([400, ['BAD_REQUEST']]);
  });

  it('of method or path is told as such', async () => {
    const { url } = await startShop();
    const put = await fetch(url, { method: 'PUT' });
    expect([put.status, codes(await put.json())]).toEqual([405, ['METHOD_NOT_ALLOWED']]);
    const elsewhere = await fetch(`${url}/admin`);
    expect([elsewhere.status, codes(await elsewhere.json())]).toEqual([404, ['NOT_FOUND']]);
    const mutation = await fetch(`${url}/?query=${encodeURIComponent('mutation { touch }')}`, {
      headers: { 'apollo-require-preflight': '1' },
    });
    expect(mutation.status).toBe(405);
  });
});

describe('around the graph', () => {
  it('a browser is shown Apollo Sandbox, unless that is switched off', async () => {
    const page = async (url: string) => (await fetch(url, { headers: { accept: 'text/html' } })).text();
    expect(await page((await startShop()).url)).toMatch(/sandbox/i);
    expect(await page((await startShop({ LANDING_PAGE: 'false' })).url)).not.toMatch(/sandbox/i);
    expect(await page((await startShop({ NODE_ENV: 'production' })).url)).not.toMatch(/sandbox/i);
  });

  it('the schema is shown in development and hidden in production, suggestions too', async () => {
    const schema = '{ __schema { queryType { name } } }';
    const { ask } = await startShop();
    expect((await ask(schema)).data).toEqual({ __schema: { queryType: { name: 'Query' } } });
    const production = await startShop({ NODE_ENV: 'production' });
    expect(codes(await production.ask(schema))).toEqual(['GRAPHQL_VALIDATION_FAILED']);
    const misspelt = await production.ask('{ product(id: "1") { nam } }');
    expect(JSON.stringify(misspelt.errors)).not.toContain('Did you mean');
  });

  it('it is alive, ready and measured', async () => {
    const { url } = await startShop();
    expect(
      await Promise.all(['/livez', '/readyz', '/metrics'].map(async (path) => (await fetch(url + path)).status)),
    ).toEqual([200, 200, 200]);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    for (const name of [
      'graphql_request_duration_seconds',
      'cache_requests_total',
      'subgraph_requests_total',
      'supergraph_stale',
      'nodejs_eventloop_lag',
    ])
      expect(metrics).toContain(name);
  });

  it('nothing is reported home, whatever the environment says', async () => {
    delete process.env.APOLLO_TELEMETRY_DISABLED;
    await startShop();
    expect(process.env.APOLLO_TELEMETRY_DISABLED).toBe('true');
  });

  it('an authorization that no issuer is named for goes on to the subgraphs, and its answers to nobody else', async () => {
    const echo = await startSubgraph('echo', 'type Query { who: String }', {
      Query: {
        who: (_, __, scope) => {
          scope.cacheControl = 'max-age=60, public';
          return scope.headers.authorization ?? null;
        },
      },
    });
    const { ask } = await startTestGateway(compose(echo));
    for (const who of ['Basic ann', 'Basic eve'])
      expect((await ask('{ who }', {}, { authorization: who })).data).toEqual({ who });
    expect((await ask('{ who }')).data).toEqual({ who: null });
  });
});
