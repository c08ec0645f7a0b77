import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { bearer, codes, compose, startIssuer, startSubgraph, startTestGateway } from './fixture.ts';

const SDL = `
  type Query { open: String team: [Person!]! boss: Person search: [Item!]! vault: Vault safe: Safe }
  type Mutation { pay: Boolean @federation__authenticated touch: Boolean }
  type Person @key(fields: "id") {
    id: ID!
    name: String
    email: String @federation__authenticated
    salary: Int @federation__requiresScopes(scopes: [["hr"], ["finance", "read"]])
    badge: String @federation__policy(policies: [["role:ORDER_MANAGER"]])
    mood: String @federation__policy(policies: [["sunny"]])
    pin: String! @federation__authenticated
  }
  type Subscription { promoted: Person @federation__authenticated }
  interface Item { id: ID! name: String price: Int }
  type Book implements Item { id: ID! name: String price: Int @federation__authenticated }
  type Film implements Item { id: ID! name: String price: Int }
  type Vault @federation__authenticated { code: String }
  type Safe { code: Code }
  scalar Code @federation__authenticated
`;

async function startGuarded(env: Record<string, string> = {}) {
  const issuer = await startIssuer();
  const done = { payments: 0, emails: 0, prices: 0 };
  const people = ['1', '2'].map((id) => ({ id }));
  const staff = await startSubgraph('staff', SDL, {
    Query: {
      open: () => 'yes',
      team: () => people,
      boss: () => people[0],
      search: () => [
        { __typename: 'Book', id: 'b', name: 'B' },
        { __typename: 'Film', id: 'f', name: 'F' },
      ],
      vault: () => ({ code: 'v' }),
      safe: () => ({ code: 's' }),
    },
    Mutation: {
      pay: () => {
        done.payments++;
        return true;
      },
      touch: () => true,
    },
    Person: {
      __resolveReference: (reference) => reference,
      name: ({ id }, _, scope) => {
        scope.cacheControl = 'max-age=60, public';
        return `Person ${id}`;
      },
      email: ({ id }, _, scope) => {
        // Whoever may see it sees the same: that is what a subgraph knows.
        scope.cacheControl = 'max-age=60, public';
        done.emails++;
        return `${id}@example.com`;
      },
      salary: () => 100,
      badge: () => 'blue',
      mood: () => 'good',
      pin: () => '0000',
    },
    Book: { price: () => ++done.prices },
    Film: { price: () => 5 },
  });
  // Asked for by key, so that there is a step after what is denied.
  const desks = await startSubgraph('desks', 'type Person @key(fields: "id") { id: ID! desk: String }', {
    Person: { __resolveReference: (reference) => reference, desk: ({ id }) => `desk ${id}` },
  });
  const gateway = await startTestGateway(compose(staff, desks), { JWKS_URL: issuer.url, ...env });
  const as = async (claims: object, roles: string[] = []) => bearer(await issuer.token('usr_ann', roles, { claims }));
  return { ...gateway, staff, desks, done, as };
}

const DENIED = 'UNAUTHORIZED_FIELD_OR_TYPE';
const denied = (...path: (string | number)[]) =>
  expect.objectContaining({ path, extensions: expect.objectContaining({ code: DENIED }) });

describe('@authenticated', () => {
  it('keeps a field from nobody in particular, wherever it stands, and gives the rest', async () => {
    const { ask, done } = await startGuarded();
    const { data, errors } = await ask('{ open team { name mail: email desk } }');
    expect(data).toEqual({
      open: 'yes',
      team: [
        { name: 'Person 1', mail: null, desk: 'desk 1' },
        { name: 'Person 2', mail: null, desk: 'desk 2' },
      ],
    });
    expect(errors).toEqual([denied('team', 0, 'mail'), denied('team', 1, 'mail')]);
    expect(done.emails).toBe(0);
  });

  it('gives it to everyone with a token', async () => {
    const { ask, as } = await startGuarded();
    const { data, errors } = await ask('{ boss { email pin } }', {}, await as({}));
    expect({ data, errors }).toEqual({ data: { boss: { email: '1@example.com', pin: '0000' } }, errors: undefined });
  });

  it('lets null rise to where it is allowed', async () => {
    const { ask } = await startGuarded();
    const { data, errors } = await ask('{ boss { name pin } open }');
    expect({ data, errors }).toEqual({ data: { boss: null, open: 'yes' }, errors: [denied('boss', 'pin')] });
    expect((await ask('{ open team { pin } }')).data).toBeNull();
  });

  it('holds in fragments, and where nothing else is asked', async () => {
    const { ask } = await startGuarded();
    const query = 'query { boss { ...F } } fragment F on Person { email ... on Person { salary } }';
    const { data, errors } = await ask(query);
    expect(data).toEqual({ boss: { email: null, salary: null } });
    expect(errors).toEqual([denied('boss', 'email'), denied('boss', 'salary')]);
  });

  it('on a type or a scalar holds for every field of it', async () => {
    const { ask, staff } = await startGuarded();
    const { data, errors } = await ask('{ vault { code } }');
    expect({ data, errors }).toEqual({ data: { vault: null }, errors: [denied('vault')] });
    expect(staff.requests).toHaveLength(0);
    expect((await ask('{ safe { code } }')).data).toEqual({ safe: { code: null } });
  });

  it('on one type of an interface keeps that type’s, when types are asked', async () => {
    const { ask, done } = await startGuarded();
    const { data, errors } = await ask('{ search { name ... on Book { price } ... on Film { price } } }');
    expect(data).toEqual({
      search: [
        { name: 'B', price: null },
        { name: 'F', price: 5 },
      ],
    });
    expect(errors).toEqual([denied('search', 0, 'price')]);
    expect(done.prices).toBe(0);
  });

  it('keeps a field that is asked on the interface, on which composition puts the demands of all types', async () => {
    const { ask, as } = await startGuarded();
    const query = '{ search { price } }';
    expect((await ask(query)).data).toEqual({ search: [{ price: null }, { price: null }] });
    expect((await ask(query, {}, await as({}))).data).toEqual({ search: [{ price: 1 }, { price: 5 }] });
  });

  it('keeps a mutation from happening', async () => {
    const { ask, done, as } = await startGuarded();
    const { data, errors } = await ask('mutation { pay touch }');
    expect({ data, errors }).toEqual({ data: { pay: null, touch: true }, errors: [denied('pay')] });
    expect((await ask('mutation { pay }')).data).toEqual({ pay: null });
    expect(done.payments).toBe(0);
    expect((await ask('mutation { pay }', {}, await as({}))).data).toEqual({ pay: true });
    expect(done.payments).toBe(1);
  });

  it('is told of what is deferred, too: the answer then comes as a whole', async () => {
    const { ask } = await startGuarded();
    const accept = 'multipart/mixed;deferSpec=20220824, application/json';
    const { data, errors } = await ask('{ boss { id mail: email ... @defer { desk pin } } open }', {}, { accept });
    expect(data).toEqual({ boss: null, open: 'yes' });
    expect(errors).toEqual([denied('boss', 'mail'), denied('boss', 'pin')]);
  });

  it('keeps a subscription from beginning', async () => {
    const { url, as } = await startGuarded();
    const subscribe = async (headers: Record<string, string>) => {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
        body: JSON.stringify({ query: 'subscription { promoted { name } }' }),
      });
      const data = /^data: (\{.*\})$/m.exec(await response.text())?.[1] ?? '{}';
      return codes(JSON.parse(data));
    };
    expect(await subscribe({})).toEqual([DENIED]);
    // Whoever is authorized gets as far as the subgraph, which streams nothing, and whose words are not for clients.
    expect(await subscribe(await as({}))).toEqual(['INTERNAL_SERVER_ERROR']);
  });

  it('is not believed of a gateway that checks no tokens', async () => {
    const staff = await startSubgraph('staff', 'type Query { own: String @federation__authenticated }', {
      Query: { own: () => 'mine' },
    });
    const { ask } = await startTestGateway(compose(staff));
    expect((await ask('{ own }', {}, bearer('anything'))).data).toEqual({ own: null });
    expect(staff.requests).toHaveLength(0);
  });
});

it('a supergraph that demands to be secured in an unknown way is not served', async () => {
  const supergraph = compose({ name: 'a', url: 'http://127.0.0.1:1', sdl: 'type Query { a: Int }' });
  const sealed = supergraph.replace('{', '@link(url: "https://example.com/seal/v1.0", for: SECURITY) {');
  await expect(startTestGateway(sealed)).rejects.toThrow('https://example.com/seal/v1.0 for SECURITY');
});

describe('@requiresScopes', () => {
  it.each([
    ['none', {}, null],
    ['a part of those needed', { scope: 'finance' }, null],
    ['one list of those needed', { scope: 'read finance' }, 100],
    ['the other, as an array', { scopes: ['hr'] }, 100],
  ])('with %s: %#', async (_, claims, salary) => {
    const { ask, as } = await startGuarded();
    const { data, errors = [] } = await ask('{ boss { salary } }', {}, await as(claims));
    expect(data).toEqual({ boss: { salary } });
    expect(errors).toHaveLength(salary === null ? 1 : 0);
  });
});

describe('@policy', () => {
  it('of a role goes by the token’s roles, and any other does not hold', async () => {
    const { ask, as } = await startGuarded();
    const query = '{ boss { badge mood } }';
    const { data, errors } = await ask(query, {}, await as({}));
    expect({ data, errors }).toEqual({
      data: { boss: { badge: null, mood: null } },
      errors: [denied('boss', 'badge'), denied('boss', 'mood')],
    });
    expect((await ask(query, {}, await as({}, ['ORDER_MANAGER']))).data).toEqual({
      boss: { badge: 'blue', mood: null },
    });
  });
});

it('the operator’s own module may say which policies hold', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'entrepot-policies-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'policies.mjs');
  const names = 'names.filter((name) => name === viewer?.claims.weather)';
  await writeFile(file, `export const evaluatePolicies = async (names, viewer) => new Set(${names});`);
  const { ask, as } = await startGuarded({ GATEWAY_MODULE: file });
  const query = '{ boss { badge mood } }';
  const admin = await as({ weather: 'sunny' }, ['ADMIN']);
  expect((await ask(query, {}, admin)).data).toEqual({ boss: { badge: null, mood: 'good' } });
  expect((await ask(query, {}, await as({ weather: 'rainy' }))).data).toEqual({ boss: { badge: null, mood: null } });
});

describe('viewers who may see different things', () => {
  it('are never given each other’s answers', async () => {
    const { ask, as } = await startGuarded();
    const query = '{ boss { name salary email } }';
    const tokens = [undefined, await as({}), await as({ scope: 'hr' }), await as({}), undefined];
    const answers = await Promise.all(tokens.map((token) => ask(query, {}, token ?? {})));
    expect(answers.map(({ data }) => data)).toEqual([
      { boss: { name: 'Person 1', salary: null, email: null } },
      { boss: { name: 'Person 1', salary: null, email: '1@example.com' } },
      { boss: { name: 'Person 1', salary: 100, email: '1@example.com' } },
      { boss: { name: 'Person 1', salary: null, email: '1@example.com' } },
      { boss: { name: 'Person 1', salary: null, email: null } },
    ]);
  });
});

it('what is protected is never for caches beyond the gateway, however public its subgraph calls it', async () => {
  const { url, as } = await startGuarded();
  const get = async (query: string, headers: Record<string, string>) => {
    const response = await fetch(`${url}/graphql?query=${encodeURIComponent(query)}`, {
      headers: { 'apollo-require-preflight': 'true', ...headers },
    });
    return { cacheControl: response.headers.get('cache-control'), body: await response.json() };
  };
  const open = await get('{ boss { name } }', {});
  expect(open).toMatchObject({ body: { data: { boss: { name: 'Person 1' } } } });
  expect(open.cacheControl).toContain('public');
  for (let attempt = 0; attempt < 2; attempt++) {
    const own = await get('{ boss { email } }', await as({}));
    expect(own).toMatchObject({ body: { data: { boss: { email: '1@example.com' } } } });
    expect(own.cacheControl).toBe('private, no-store');
  }
  const other = await get('{ boss { email } }', {});
  expect(other).toMatchObject({ cacheControl: 'private, no-store', body: { data: { boss: { email: null } } } });
});

it('may refuse an operation as a whole, when any of it is denied', async () => {
  const { ask, staff, as } = await startGuarded({ AUTH_REJECT_UNAUTHORIZED: 'true' });
  const answer = await ask('{ open boss { email } }');
  expect(codes(answer)).toEqual([DENIED]);
  expect(answer.data).toBeUndefined();
  expect(staff.requests).toHaveLength(0);
  expect((await ask('{ open boss { email } }', {}, await as({}))).data).toEqual({
    open: 'yes',
    boss: { email: '1@example.com' },
  });
});
