import { ApolloClient, CombinedGraphQLErrors, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { Defer20220824Handler, GraphQL17Alpha9Handler } from '@apollo/client/incremental';
import { describe, expect, it } from 'vitest';
import { codes } from './fixture.ts';
import { partsOf } from './parts.ts';
import { startShop } from './shop.ts';

const DEFERRED = 'query Page($id: ID!) { product(id: $id) { name price ... @defer(label: "more") { maker } } }';
const PARTS = { accept: 'multipart/mixed;deferSpec=20220824, application/json', 'content-type': 'application/json' };

function ask(url: string, query: string, init: RequestInit = {}): Promise<Response> {
  const body = JSON.stringify({ query, variables: { id: '1' } });
  return fetch(url, { method: 'POST', headers: PARTS, body, ...init });
}

const clientWith = (options: Omit<ApolloClient.Options, 'cache'>) =>
  new ApolloClient({ ...options, cache: new InMemoryCache() });

/** People who answer only when they are let. */
async function startSlowShop() {
  const shop = await startShop();
  let letGo = () => {};
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  shop.people.fault = (response) => {
    void gate.then(() => response.end('{"data":{"_entities":[{"maker":"Maker of 1"}]}}'));
  };
  return { ...shop, letGo };
}

describe('@defer', () => {
  it('is delivered when it is there, after the rest that did not wait for it', async () => {
    const { url, letGo } = await startSlowShop();
    const response = await ask(url, DEFERRED);
    expect([response.status, response.headers.get('content-type'), response.headers.get('cache-control')]).toEqual([
      200,
      'multipart/mixed; boundary="-"; deferSpec=20220824',
      'no-store',
    ]);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes('Thing 1')) text += (await reader?.read())?.value ?? '';
    // The boundary has come as well: the part is complete for whoever reads it.
    expect(partsOf(text)).toEqual([{ data: { product: { name: 'Thing 1', price: 10 } }, hasNext: true }]);
    letGo();
    for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) text += next.value;
    expect(partsOf(text)[1]).toEqual({
      incremental: [{ data: { maker: 'Maker of 1' }, path: ['product'], label: 'more' }],
      hasNext: false,
    });
    expect(text.endsWith('\r\n-----\r\n')).toBe(true);
  });

  it.each([
    ['deferSpec=20220824', (link: HttpLink) => clientWith({ link, incrementalHandler: new Defer20220824Handler() })],
    [
      'incrementalSpec=v0.2',
      (link: HttpLink) => clientWith({ link, incrementalHandler: Object(new GraphQL17Alpha9Handler()) }),
    ],
  ])('is read by Apollo Client as %s', async (parameter, create) => {
    const { url, people } = await startShop();
    const types: (string | null)[] = [];
    const watched: typeof fetch = async (input, init) => {
      const response = await fetch(input, init);
      types.push(response.headers.get('content-type'));
      return response;
    };
    const client = create(new HttpLink({ uri: url, fetch: watched }));
    const nested = gql`query Page($id: ID!) {
      products { id ... @defer { maker } }
      product(id: $id) { name price ... @defer(label: "more") { maker ... @defer { seenBy } } }
      none: product(id: "none") { name ... @defer { maker } }
    }`;
    const seen: unknown[] = [];
    const states: unknown[] = [];
    await new Promise<void>((resolve, reject) => {
      client.watchQuery({ query: nested, variables: { id: '1' } }).subscribe({
        next: ({ data, dataState, error }) => {
          if (error) reject(error);
          states.push(dataState);
          seen.push(data);
          if (dataState === 'complete') resolve();
        },
      });
    });
    expect(types).toEqual([`multipart/mixed; boundary="-"; ${parameter}`]);
    expect(states).toContain('streaming');
    expect(seen.at(-1)).toMatchObject({
      products: [
        { id: '1', maker: 'Maker of 1' },
        { id: '2', maker: 'Maker of 2' },
      ],
      product: { name: 'Thing 1', price: 10, maker: 'Maker of 1', seenBy: null },
      none: null,
    });
    people.fault = (response) => response.end('nonsense');
    const failed = await client.query({
      query: gql(DEFERRED.replace('maker', 'wishes')),
      variables: { id: '2' },
      errorPolicy: 'all',
    });
    expect(failed.error).toBeInstanceOf(CombinedGraphQLErrors);
  });

  it('that is refused for its variables is answered as any such request', async () => {
    const { url } = await startShop();
    const body = JSON.stringify({ query: DEFERRED });
    for (const [accept, status] of [
      ['application/json', 200],
      ['application/graphql-response+json', 400],
    ]) {
      const headers = { ...PARTS, accept: `multipart/mixed;incrementalSpec=v0.2, ${accept}` };
      const response = await fetch(url, { method: 'POST', headers, body });
      expect([response.status, response.headers.get('content-type')]).toEqual([status, `${accept}; charset=utf-8`]);
      expect(codes(await response.json())).toEqual(['BAD_USER_INPUT']);
    }
  });

  it('comes with the rest for clients who take nothing in parts, and in batches', async () => {
    const { url, ask: askWhole } = await startShop();
    const whole = { product: { name: 'Thing 1', price: 10, maker: 'Maker of 1' } };
    expect((await askWhole(DEFERRED, { id: '1' })).data).toEqual(whole);
    const body = JSON.stringify([{ query: DEFERRED, variables: { id: '1' } }]);
    const batch = await fetch(url, { method: 'POST', headers: PARTS, body });
    expect(await batch.json()).toEqual([{ data: whole }]);
  });

  it('is delivered to who takes nothing else, and what has no parts as JSON', async () => {
    const { url } = await startShop();
    const headers = { ...PARTS, accept: 'multipart/mixed; incrementalSpec=v0.2' };
    expect((await ask(url, DEFERRED, { headers })).headers.get('content-type')).toContain('incrementalSpec=v0.2');
    const whole = await ask(url, '{ product(id: "1") { name } }', { headers });
    expect([whole.status, await whole.json()]).toEqual([200, { data: { product: { name: 'Thing 1' } } }]);
  });

  it('that is switched off, or refused, is answered as one whole', async () => {
    const { url } = await startShop();
    const off = await ask(url, 'query ($id: ID!) { product(id: $id) { name ... @defer(if: false) { maker } } }');
    expect(await off.text()).toContain('"maker":"Maker of 1"');
    const refused = await ask(url, 'query ($id: ID!) { product(id: $id) { name ... @defer { shoeSize } } }');
    expect(refused.headers.get('content-type')).toContain('application/json');
    expect(codes(await refused.json())).toEqual(['GRAPHQL_VALIDATION_FAILED']);
  });

  it('is right in what the planner does not know', async () => {
    const { url } = await startShop();
    const partsFor = async (query: string) => partsOf(await (await ask(url, query)).text());
    // The gateway itself knows what it is asked of the root.
    expect(await partsFor('{ __typename product(id: "1") { name ... @defer { maker } } }')).toEqual([
      { data: { __typename: 'Query', product: { name: 'Thing 1' } }, hasNext: true },
      { incremental: [{ path: ['product'], data: { maker: 'Maker of 1' } }], hasNext: false },
    ]);
    const skipped = '{ product(id: "1") { name ... @include(if: $no) { ... @defer { maker } } ... @defer { price } } }';
    const body = JSON.stringify({ query: `query ($no: Boolean = false) ${skipped}` });
    const response = await fetch(url, { method: 'POST', headers: PARTS, body });
    const [first, ...others] = partsOf(await response.text());
    expect(first).toEqual({ data: { product: { name: 'Thing 1' } }, hasNext: true });
    expect(others).toEqual([{ incremental: [{ path: ['product'], data: { price: 10 } }], hasNext: false }]);
  });

  it('of one fragment in two places comes in both, each with its label', async () => {
    const { url } = await startShop();
    const query = `{ a: product(id: "1") { name ...More } b: product(id: "2") { name ...More } }
      fragment More on Product { ...Maker @defer(label: "more") } fragment Maker on Product { maker }`;
    const [first, ...others] = partsOf(await (await ask(url, query)).text());
    expect(first).toEqual({ data: { a: { name: 'Thing 1' }, b: { name: 'Thing 2' } }, hasNext: true });
    const items = others.flatMap((part) => Object(part).incremental ?? []);
    expect(items.toSorted((one, other) => (String(one.path) < String(other.path) ? -1 : 1))).toEqual([
      { path: ['a'], label: 'more', data: { maker: 'Maker of 1' } },
      { path: ['b'], label: 'more', data: { maker: 'Maker of 2' } },
    ]);
  });

  it('is given up with its client', async () => {
    const { url, people } = await startShop({ SUBGRAPH_TIMEOUT_MS: '600000' });
    const stopped = new Promise((resolve) => {
      people.fault = (response) => response.once('close', resolve);
    });
    const leaving = new AbortController();
    const response = await ask(url, DEFERRED, { signal: leaving.signal });
    await response.body?.getReader().read();
    leaving.abort();
    // The subgraph's own time would not be over before that of this test.
    await stopped;
    expect(people.requests).toHaveLength(1);
  });
});
