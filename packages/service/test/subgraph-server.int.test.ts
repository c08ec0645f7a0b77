import { describe, expect, it } from 'vitest';
import { as, clerk, shopper, startSmallProducts } from './small-products.ts';

const refusal = (code: string) => ({ errors: [{ message: expect.any(String), extensions: { code } }] });

describe('who may ask a subgraph', () => {
  it.each([{}, { 'x-gateway-credential': 'a guess' }])('is the gateway only, not one with %j', async (headers) => {
    const { url, scopes } = await startSmallProducts();
    const body = JSON.stringify({ query: '{ products(first: 1) { nodes { id } } }' });
    const response = await fetch(`${url}/graphql`, { method: 'POST', body, headers });
    expect(response.status).toBe(401);
    expect(await response.json()).toEqual(refusal('NOT_GATEWAY'));
    expect(scopes).toEqual([]);
  });

  it('is anyone for its health and its open routes', async () => {
    const reasons: string[] = [];
    const { url } = await startSmallProducts({ ready: () => reasons });
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    expect(await (await fetch(`${url}/.well-known/open?v=1`)).json()).toEqual({ open: true });
    reasons.push('database: unavailable (ECONNREFUSED)', 'migrations: 1 of 3 are missing');
    const response = await fetch(`${url}/readyz`);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ status: 'not ready', reasons });
  });

  it('is told where there is nothing', async () => {
    const { url } = await startSmallProducts();
    const response = await fetch(`${url}/admin`);
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual(refusal('NOT_FOUND'));
  });
});

describe('what comes with a request', () => {
  it('is the viewer and the deadline that the gateway tells', async () => {
    const { ask, scopes } = await startSmallProducts();
    const deadline = Date.now() + 1_000;
    await ask('{ __typename }', {}, { ...as(clerk), 'x-request-deadline': String(deadline) });
    await ask('{ __typename }');
    expect(scopes).toMatchObject([
      { viewer: clerk, deadline },
      { viewer: undefined, deadline: undefined },
    ]);
  });

  it('is refused when it makes no sense', async () => {
    const { ask } = await startSmallProducts();
    const answer = await ask('{ __typename }', {}, { 'x-viewer': 'nonsense' });
    expect(answer.status).toBe(400);
    expect(answer.errors).toMatchObject([{ extensions: { code: 'BAD_REQUEST' } }]);
  });
});

describe('a request that is no GraphQL', () => {
  it.each([
    ['{"query":', 400, 'BAD_JSON'],
    [`{"query":"${'x'.repeat(10 * 1024 * 1024)}"}`, 413, 'BODY_TOO_LARGE'],
    ['[{"query":"{ __typename }"}]', 400, 'BAD_REQUEST'],
  ])('is one clear error', async (body, status, code) => {
    const { post } = await startSmallProducts();
    const response = await post(body);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual(refusal(code));
  });

  it.each([
    ['{ products', 'GRAPHQL_PARSE_FAILED'],
    ['{ nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    ['{ __schema { types { name } } }', 'GRAPHQL_VALIDATION_FAILED'],
    ['query A { __typename } query B { __typename }', 'OPERATION_RESOLUTION_FAILURE'],
  ])('%s keeps the code that GraphQL gives', async (query, code) => {
    const { ask, lines } = await startSmallProducts();
    const answer = await ask(query);
    expect(answer.errors[0].extensions).toEqual({ code });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(lines.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it.each([
    ['{ amount: "12.5O", currencyCode: "GBP" }', { amount: '12.5O', currencyCode: 'GBP' }],
    ['{ amount: 12.5, currencyCode: "GBP" }', { amount: 12.5, currencyCode: 'GBP' }],
    ['{ amount: "12.50", currencyCode: "QQQ" }', { amount: '12.50', currencyCode: 'QQQ' }],
  ])('a wrong scalar is told, written out or as a variable: %s', async (literal, variable) => {
    const { ask } = await startSmallProducts();
    const written = await ask(`{ products(first: 1, where: { minPrice: ${literal} }) { nodes { id } } }`);
    const query = 'query Q($p: MoneyInput!) { products(first: 1, where: { minPrice: $p }) { nodes { id } } }';
    const given = await ask(query, { p: variable });
    for (const { errors } of [written, given]) {
      expect(errors).toHaveLength(1);
      expect(['BAD_USER_INPUT', 'GRAPHQL_VALIDATION_FAILED']).toContain(errors[0].extensions.code);
      expect(errors[0].message).toMatch(/decimal|currency|string/i);
    }
  });
});

describe('an error', () => {
  it('that is a Fault keeps its code', async () => {
    const { ask } = await startSmallProducts();
    const { data, errors } = await ask('{ product(id: "fault") { id } }');
    expect(data).toEqual({ product: null });
    expect(errors).toEqual([
      { message: 'that is no id', path: ['product'], locations: expect.any(Array), extensions: { code: 'INVALID_ID' } },
    ]);
  });

  it('of ours is logged with its trace, and hidden', async () => {
    const { ask, lines } = await startSmallProducts();
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01` };
    const { text, errors } = await ask('{ product(id: "bug") { id } }', {}, headers);
    expect(errors[0].extensions).toEqual({ code: 'INTERNAL_SERVER_ERROR' });
    expect(text).not.toMatch(/SELECT|db\.internal|stack|\.ts/);
    expect(lines).toContainEqual(
      expect.objectContaining({ level: 'error', traceId, err: expect.objectContaining({ stack: expect.any(String) }) }),
    );
  });

  it('is a float where an amount should be', async () => {
    const { ask, lines } = await startSmallProducts();
    const { errors } = await ask('{ variant(id: "var_2") { price { amount } } }');
    expect(errors[0].extensions).toEqual({ code: 'INTERNAL_SERVER_ERROR' });
    expect(lines.filter(({ level }) => level === 'error')).toHaveLength(1);
  });

  it('that the sender can mend is data', async () => {
    const { ask } = await startSmallProducts();
    const mutation = `mutation ($name: String!) {
      createCategory(input: { name: $name, slug: "tea" }) { category { id } userErrors { code message path } }
    }`;
    expect((await ask(mutation, { name: 'Tea' }, as(clerk))).data.createCategory).toEqual({
      category: { id: 'cat_1' },
      userErrors: [],
    });
    expect((await ask(mutation, { name: '' }, as(clerk))).data.createCategory).toEqual({
      category: null,
      userErrors: [{ code: 'INVALID_NAME', message: expect.any(String), path: ['input', 'name'] }],
    });
    expect((await ask(mutation, { name: 'Tea' }, as(shopper))).errors[0].extensions.code).toBe('FORBIDDEN');
    expect((await ask(mutation, { name: 'Tea' })).errors[0].extensions.code).toBe('UNAUTHENTICATED');
  });
});

describe('how long an answer may be kept', () => {
  const STALE = 'stale-while-revalidate=60, stale-if-error=600';
  const query = '{ product(id: "prod_1") { id name } }';

  it('is what the schema says, for what it was made of', async () => {
    const { ask } = await startSmallProducts();
    const product = await ask(query);
    expect(product.headers.get('cache-control')).toBe(`max-age=300, public, ${STALE}`);
    expect(product.extensions).toEqual({ cacheTags: ['Product:prod_1'] });

    const list = await ask('{ products(first: 1) { nodes { id } } }');
    expect(list.headers.get('cache-control')).toBe(`max-age=60, public, ${STALE}`);
    expect(list.extensions).toEqual({ cacheTags: ['Product', 'Product:prod_1'] });

    const variant = await ask('{ variant(id: "var_1") { price { amount currencyCode } } }');
    expect(variant.headers.get('cache-control')).toBe(`max-age=300, public, ${STALE}`);
  });

  it('is what the schema says of entities, too', async () => {
    const { ask } = await startSmallProducts();
    const entities = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on ProductVariant { id sku } } }`;
    const asked = ['var_1', 'var_9'].map((id) => ({ __typename: 'ProductVariant', id }));
    const answer = await ask(entities, { r: asked });
    expect(answer.data).toEqual({ _entities: [{ id: 'var_1', sku: 'A' }, null] });
    expect(answer.headers.get('cache-control')).toBe(`max-age=300, public, ${STALE}`);
    expect(answer.extensions.cacheTags.toSorted()).toEqual(['ProductVariant:var_1', 'ProductVariant:var_9']);
    expect(answer.extensions.entityCacheTags).toEqual([['ProductVariant:var_1'], ['ProductVariant:var_9']]);
  });

  it('is for the viewer alone when they have a role', async () => {
    const { ask } = await startSmallProducts();
    expect((await ask(query, {}, as(shopper))).headers.get('cache-control')).toBe(`max-age=300, public, ${STALE}`);
    expect((await ask(query, {}, as(clerk))).headers.get('cache-control')).toBe(`max-age=300, private, ${STALE}`);
  });

  it.each([
    ['a field that changes all the time', '{ variant(id: "var_1") { id stock { available } } }'],
    ['an error', '{ ok: product(id: "prod_1") { id } product(id: "fault") { id } }'],
    ['something missing that no event names', '{ product(slug: "nowhere") { id } }'],
    ['a mutation', 'mutation { createCategory(input: { name: "", slug: "x" }) { userErrors { code } } }'],
    ['nothing', '{ __typename }'],
  ])('is no time at all for %s', async (_, operation) => {
    const { ask } = await startSmallProducts();
    const answer = await ask(operation, {}, as(clerk));
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(answer.extensions).toBeUndefined();
  });
});

describe('what is known of requests', () => {
  it('is counted by operations that are known', async () => {
    const { ask, url } = await startSmallProducts();
    await ask('query Search__products__0 { __typename }');
    await ask('query NobodyKnowsThis { product(id: "bug") { id } }');
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toContain('graphql_requests_total{operation="Search",outcome="ok",service="products"} 1');
    expect(metrics).toContain('graphql_requests_total{operation="other",outcome="error",service="products"} 1');
    expect(metrics).not.toContain('NobodyKnowsThis');
  });

  it('is a line in the log for each mutation', async () => {
    const { ask, lines } = await startSmallProducts();
    await ask('mutation Make { createCategory(input: { name: "", slug: "x" }) { userErrors { code } } }');
    expect(lines).toContainEqual(
      expect.objectContaining({ message: 'mutation', operation: 'Make', errors: ['UNAUTHENTICATED'] }),
    );
  });
});
