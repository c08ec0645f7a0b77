import { buildSchema, parse, print, stripIgnoredCharacters, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createAuthorization } from './denials.ts';
import type { Requirement } from './field-policies.ts';
import type { ViewerState } from './viewer-state.ts';

const SCHEMA = buildSchema(`
  type Query { me: User search: [Item!]! any: Any title: String total: Money vault: Vault }
  type Mutation { pay: Boolean hello: String }
  type User { id: ID! email: String! friends: [User!] }
  interface Item { id: ID! name: String price: Int }
  type Book implements Item { id: ID! name: String price: Int pages: Int }
  type Film implements Item { id: ID! name: String price: Int }
  type Game implements Item { id: ID! name: String price: Int }
  union Any = Book | Vault
  type Vault { id: ID! code: String }
  scalar Money
`);

const needs = (over: Partial<Requirement>): Requirement => ({
  isAuthenticated: false,
  scopes: undefined,
  policies: undefined,
  ...over,
});
const AUTHENTICATED = needs({ isAuthenticated: true });
const viewer = (over: Partial<ViewerState> = {}): ViewerState => ({
  isAuthenticated: false,
  scopes: new Set(),
  policies: new Set(),
  ...over,
});

function denialsFor(policies: Record<string, Requirement>, query: string, who = viewer()) {
  const document = parse(query, { noLocation: true });
  expect(validate(SCHEMA, document)).toEqual([]);
  const denials = createAuthorization(SCHEMA, new Map(Object.entries(policies)))
    .demandsOf(document)
    ?.denialsFor(who);
  if (denials) expect(validate(SCHEMA, denials.document)).toEqual([]);
  return denials;
}
const left = (...given: Parameters<typeof denialsFor>) => {
  const denials = denialsFor(...given);
  return denials && stripIgnoredCharacters(print(denials.document));
};

describe('what is denied', () => {
  it.each([
    ['a field', { 'User.email': AUTHENTICATED }, '{me{id email}}', '{me{id}}'],
    ['a field within lists', { 'User.email': AUTHENTICATED }, '{me{friends{id email}}}', '{me{friends{id}}}'],
    ['a field under an alias', { 'User.email': AUTHENTICATED }, '{me{id x:email}}', '{me{id}}'],
    ['fields of a type', { User: AUTHENTICATED }, '{me{id}title}', '{title}'],
    ['fields of a scalar', { Money: AUTHENTICATED }, '{total title}', '{title}'],
    ['fields of the root type', { Mutation: AUTHENTICATED }, 'mutation{pay hello}', 'mutation{__typename}'],
    ['one of two mutations', { 'Mutation.pay': AUTHENTICATED }, 'mutation{pay hello}', 'mutation{hello}'],
    ['all of a selection', { 'User.email': AUTHENTICATED }, '{me{email}}', '{me{__typename}}'],
    [
      'a field in a named fragment',
      { 'User.email': AUTHENTICATED },
      '{me{...F}}fragment F on User{email}',
      '{me{...F}}fragment F on User{__typename}',
    ],
    ['a fragment on a type', { Vault: AUTHENTICATED }, '{any{...on Vault{id}...on Book{id}}}', '{any{...on Book{id}}}'],
    [
      'the object types of an interface that have it protected',
      { 'Book.price': AUTHENTICATED },
      '{search{name price}}',
      '{search{name ...on Film{price}...on Game{price}}}',
    ],
    [
      'object types that are protected as a whole',
      { Book: AUTHENTICATED, Film: AUTHENTICATED },
      '{search{id}}',
      '{search{...on Game{id}}}',
    ],
    [
      'what an interface demands, on all of its types',
      { 'Item.price': AUTHENTICATED },
      '{search{id price}}',
      '{search{id}}',
    ],
    ['an interface', { Item: AUTHENTICATED }, '{search{id}title}', '{title}'],
    [
      'the same on two ways to an object',
      { 'Item.price': AUTHENTICATED },
      '{search{price...on Book{price pages}}}',
      '{search{...on Book{pages}}}',
    ],
  ])('is %s', (_, policies, query, expected) => {
    expect(left(policies, query)).toBe(expected);
    expect(left(policies, query, viewer({ isAuthenticated: true }))).toBeUndefined();
  });

  it.each([
    ['operations that use nothing protected', { 'User.email': AUTHENTICATED }, '{me{id}}'],
    [
      'the object type behind an interface that demands more',
      { 'Item.price': AUTHENTICATED },
      '{search{...on Book{price}}}',
    ],
    ['the name of a type', { Book: AUTHENTICATED }, '{search{__typename}}'],
    ['the schema', { Query: AUTHENTICATED }, '{__schema{types{name}}}'],
  ])('is not %s', (_, policies, query) => {
    expect(denialsFor(policies, query)).toBeUndefined();
  });

  it('may be all of a subscription', () => {
    const schema = buildSchema('type Query { title: String } type Subscription { news: String }');
    const demands = createAuthorization(schema, new Map([['Subscription.news', AUTHENTICATED]])).demandsOf(
      parse('subscription { news }'),
    );
    const [operation] = demands?.denialsFor(viewer())?.document.definitions ?? [];
    expect(operation).toMatchObject({ selectionSet: { selections: [] } });
  });

  it('is told by object type and field', () => {
    const denials = denialsFor({ 'Book.price': AUTHENTICATED }, '{search{price}}');
    expect([denials?.has('Book', 'price'), denials?.has('Film', 'price')]).toEqual([true, false]);
  });

  it('has a key of its own for each outcome', () => {
    const policies = { 'User.email': AUTHENTICATED, 'Query.title': needs({ scopes: [['read']] }) };
    const query = '{title me{email}}';
    const keys = [
      viewer(),
      viewer({ isAuthenticated: true }),
      viewer({ scopes: new Set(['read']) }),
      viewer({ isAuthenticated: true, scopes: new Set(['read', 'write']) }),
    ].map((who) => denialsFor(policies, query, who)?.key);
    expect(keys.at(-1)).toBeUndefined();
    expect(new Set(keys).size).toBe(4);
  });
});

describe('a requirement', () => {
  const scoped = needs({ scopes: [['a', 'b'], ['c']] });
  it.each([
    ['one whole list of scopes', scoped, viewer({ scopes: new Set(['a', 'b']) }), true],
    ['the other list of scopes', scoped, viewer({ scopes: new Set(['c', 'd']) }), true],
    ['a part of a list of scopes', scoped, viewer({ scopes: new Set(['a']) }), false],
    ['no scope', scoped, viewer({ isAuthenticated: true }), false],
    ['any scope, when there is no list', needs({ scopes: [] }), viewer({ scopes: new Set(['a']) }), false],
    ['a policy that holds', needs({ policies: [['p']] }), viewer({ policies: new Set(['p']) }), true],
    ['a policy that does not', needs({ policies: [['p', 'q']] }), viewer({ policies: new Set(['p']) }), false],
    [
      'scopes without the policy beside',
      needs({ scopes: [['a']], policies: [['p']] }),
      viewer({ scopes: new Set(['a']) }),
      false,
    ],
  ])('met by %s: %#', (_, requirement, who, isMet) => {
    expect(denialsFor({ 'Query.title': requirement }, '{title}', who) === undefined).toBe(isMet);
  });

  it('names the policies to be evaluated, once each', () => {
    const policies = {
      'Query.title': needs({ policies: [['p', 'q'], ['p']] }),
      'User.id': needs({ policies: [['q']] }),
    };
    const document = parse('{title me{id}}');
    const demands = createAuthorization(SCHEMA, new Map(Object.entries(policies))).demandsOf(document);
    expect(demands?.policies).toEqual(['p', 'q']);
  });
});
