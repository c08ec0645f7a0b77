import { gzipSync } from 'node:zlib';
import { type Audit, serverAudits } from 'graphql-http';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { codes } from './fixture.ts';
import { startShop } from './shop.ts';

/** What the audits of the GraphQL over HTTP specification find wrong, warnings and notices included. */
async function findings(audits: readonly Audit[]): Promise<string[]> {
  const results = await Promise.all(audits.map(({ fn }) => fn()));
  return results.flatMap((result) => (result.status === 'ok' ? [] : [`${result.status} ${result.id} ${result.name}`]));
}

const GRAPHQL = 'application/graphql-response+json';
const PREFLIGHT = { 'apollo-require-preflight': '1' };

describe('the audits of GraphQL over HTTP', () => {
  it('find nothing', async () => {
    const { url } = await startShop();
    const fetchFn = (target: string, init: RequestInit = {}) =>
      fetch(target, { ...init, headers: { ...PREFLIGHT, ...Object.fromEntries(new Headers(init.headers)) } });
    const audits = serverAudits({ url, fetchFn });
    expect(audits.length).toBeGreaterThan(50);
    expect(await findings(audits)).toEqual([]);
  });

  it('take notice of refused GETs only when these do not show that no browser was tricked into them', async () => {
    const { url } = await startShop();
    const found = await findings(serverAudits({ url }));
    expect(found.map((finding) => finding.split(' ').slice(0, 2).join(' ')).sort()).toEqual([
      'notice 5A70',
      'notice 6A70',
      'notice D6D5',
    ]);
  });
});

describe('the status of an answer', () => {
  const refused = [
    ['a syntax error', { query: '{ me {' }, 'GRAPHQL_PARSE_FAILED'],
    ['an unknown field', { query: '{ me { shoeSize } }' }, 'GRAPHQL_VALIDATION_FAILED'],
    ['a missing variable', { query: 'query ($id: ID!) { product(id: $id) { name } }' }, 'BAD_USER_INPUT'],
  ] as const;

  it('is 200 as application/json and 400 as application/graphql-response+json for what GraphQL refuses', async () => {
    const { url } = await startShop();
    for (const [what, body, code] of refused) {
      for (const [accept, status] of [
        ['application/json', 200],
        [GRAPHQL, 400],
      ] as const) {
        const response = await post(url, body, { accept });
        const answer = await response.json();
        expect([what, response.status, codes(answer)]).toEqual([what, status, [code]]);
        expect(answer).not.toHaveProperty('data');
        expect(response.headers.get('content-type')).toContain(accept);
      }
    }
  });

  it('is the same whatever is accepted for what the gateway refuses', async () => {
    const { url } = await startShop();
    for (const [what, body, status, code] of [
      [
        'an unknown operation name',
        { query: 'query A { now }', operationName: 'B' },
        400,
        'OPERATION_RESOLUTION_FAILURE',
      ],
      [
        'a name that is several',
        { query: 'query A { now } query A { now }', operationName: 'A' },
        400,
        'OPERATION_RESOLUTION_FAILURE',
      ],
      ['no operation at all', { query: 'fragment A on Query { now }' }, 400, 'OPERATION_RESOLUTION_FAILURE'],
      ['another’s hash', { query: '{ now }', extensions: persisted('0'.repeat(64)) }, 400, 'BAD_REQUEST'],
    ] as const) {
      for (const accept of ['application/json', GRAPHQL]) {
        const response = await post(url, body, { accept });
        expect([what, response.status, codes(await response.json())]).toEqual([what, status, [code]]);
      }
    }
  });

  it('tells apart what is sent in another form and what is wanted in another', async () => {
    const { url } = await startShop();
    const query = '{ product(id: "1") { name } }';
    const results: unknown[] = [];
    for (const headers of [
      { 'content-type': 'text/plain' },
      { 'content-type': 'application/xml' },
      { 'content-type': 'application/json; charset=utf-16' },
      { accept: 'image/png' },
      { accept: 'text/html' },
    ]) {
      const response = await post(url, { query }, headers);
      expect(response.headers.get('content-type')).toContain('json');
      results.push([response.status, ...codes(await response.json())]);
    }
    expect(results).toEqual([
      [415, 'UNSUPPORTED_MEDIA_TYPE'],
      [415, 'UNSUPPORTED_MEDIA_TYPE'],
      [415, 'UNSUPPORTED_MEDIA_TYPE'],
      [406, 'NOT_ACCEPTABLE'],
      [406, 'NOT_ACCEPTABLE'],
    ]);
  });

  it('of a mutation by GET is 405, and changes nothing', async () => {
    const { url, prices } = await startShop();
    const query = 'mutation { setPrice(id: "1", price: 99) { price } }';
    const response = await fetch(`${url}/?${new URLSearchParams({ query })}`, { headers: PREFLIGHT });
    expect([response.status, response.headers.get('allow'), codes(await response.json())]).toEqual([
      405,
      'GET, POST',
      ['METHOD_NOT_ALLOWED'],
    ]);
    expect(prices.get('1')).toBe(10);
  });

  it('of a GET that is malformed is 400', async () => {
    const { url } = await startShop();
    for (const [what, search] of [
      ['variables twice', 'query=%7Bnow%7D&variables=%7B%7D&variables=%7B%7D'],
      ['variables that are no JSON', 'query=%7Bnow%7D&variables=%7B'],
      ['extensions that are a list', 'query=%7Bnow%7D&extensions=%5B%5D'],
      ['no query', 'operationName=A'],
    ] as const) {
      const response = await fetch(`${url}/?${search}`, { headers: PREFLIGHT });
      expect([what, response.status, codes(await response.json())]).toEqual([what, 400, ['BAD_REQUEST']]);
    }
  });
});

describe('a body', () => {
  const query = '{ product(id: "1") { name } }';

  it('is JSON whatever parameters its type has, as long as it is in UTF-8', async () => {
    const { url } = await startShop();
    const statuses: unknown[] = [];
    for (const type of [
      'application/json;charset=UTF-8',
      'Application/JSON; charset="utf-8"',
      'application/json; odata=verbose',
      'application/json;',
      'application/json; odata=verbose; charset=latin1',
      'application/jsonp',
      'application/graphql',
    ])
      statuses.push((await post(url, { query }, { 'content-type': type })).status);
    expect(statuses).toEqual([200, 200, 200, 200, 415, 415, 415]);
  });

  it('that is not in UTF-8 is refused, and not changed', async () => {
    const { url } = await startShop();
    const [before = '', after = ''] = JSON.stringify({ query: '{ product(id: "?") { name } }' }).split('?');
    const body = Buffer.concat([Buffer.from(before), Buffer.from([0xff]), Buffer.from(after)]);
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(url, { method: 'POST', headers, body });
    expect([response.status, codes(await response.json())]).toEqual([400, ['BAD_JSON']]);
  });

  it('that is packed is refused, because unpacking has no bound', async () => {
    const { url } = await startShop();
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const response = await fetch(url, { method: 'POST', headers, body: gzipSync(JSON.stringify({ query })) });
    expect([response.status, codes(await response.json())]).toEqual([415, ['UNSUPPORTED_MEDIA_TYPE']]);
  });

  it('that is what a GET has asked is still no JSON', async () => {
    const { url } = await startShop();
    const search = `?${new URLSearchParams({ query })}`;
    expect((await fetch(`${url}/${search}`, { headers: PREFLIGHT })).status).toBe(200);
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(url, { method: 'POST', headers, body: search });
    expect([response.status, codes(await response.json())]).toEqual([400, ['BAD_JSON']]);
  });

  it('may name no operation by an empty name', async () => {
    const { url } = await startShop();
    expect(await (await post(url, { query, operationName: '' })).json()).toEqual({
      data: { product: { name: 'Thing 1' } },
    });
  });
});

describe('a GET', () => {
  it('that has a type is refused unless the type is JSON, since some browsers send others to any site unasked', async () => {
    const { url } = await startShop();
    const results: unknown[] = [];
    for (const type of ['application/json', 'text/plain', 'text/plain, application/json', 'x', '']) {
      const response = await fetch(`${url}/?query=%7B__typename%7D`, {
        headers: { ...PREFLIGHT, 'content-type': type },
      });
      results.push([type, response.status]);
    }
    expect(results).toEqual([
      ['application/json', 200],
      ['text/plain', 415],
      ['text/plain, application/json', 415],
      ['x', 415],
      ['', 415],
    ]);
  });
});

describe('a batch', () => {
  it('is answered in its order, each operation for itself', async () => {
    const { url } = await startShop();
    const response = await post(url, [
      { query: 'query ($id: ID!) { product(id: $id) { name } }', variables: { id: '1' } },
      { query: '{ me { shoeSize } }' },
      { query: 'query A { now }', operationName: 'B' },
      { query: 'mutation { touch }' },
      { query: 'query ($id: ID!) { product(id: $id) { name } }', variables: { id: '2' } },
    ]);
    const answers = z.array(z.looseObject({ data: z.unknown().optional() })).parse(await response.json());
    expect(response.status).toBe(200);
    expect(answers.map((answer) => answer.data ?? codes(answer))).toEqual([
      { product: { name: 'Thing 1' } },
      ['GRAPHQL_VALIDATION_FAILED'],
      ['OPERATION_RESOLUTION_FAILURE'],
      { touch: true },
      { product: { name: 'Thing 2' } },
    ]);
  });

  it('has nine operations at most, or as many as are configured', async () => {
    const batch = (size: number) => Array.from({ length: size }, () => ({ query: '{ product(id: "1") { name } }' }));
    const statuses = async (url: string, sizes: readonly number[]) =>
      Promise.all(sizes.map(async (size) => (await post(url, batch(size))).status));
    expect(await statuses((await startShop()).url, [1, 9, 10])).toEqual([200, 200, 400]);
    expect(await statuses((await startShop({ MAX_BATCH: '2' })).url, [1, 2, 3])).toEqual([200, 200, 400]);
    expect(await statuses((await startShop({ MAX_BATCH: '0' })).url, [1, 2])).toEqual([400, 400]);
  });
});

function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  const all = { 'content-type': 'application/json', ...headers };
  return fetch(url, { method: 'POST', headers: all, body: JSON.stringify(body) });
}

function persisted(sha256Hash: string) {
  return { persistedQuery: { version: 1, sha256Hash } };
}
