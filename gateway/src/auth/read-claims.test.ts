import { expect, it } from 'vitest';
import { readClaims } from './read-claims.ts';

const NOW_S = Date.parse('2026-01-01T00:00:00Z') / 1_000;
const CLAIMS = { iss: 'https://id.example/', sub: 'auth0|1', exp: NOW_S + 60 };
const EXPECTED = { issuer: CLAIMS.iss };
const viewerOf = (claims: object, audience?: string) =>
  readClaims({ ...CLAIMS, ...claims }, { ...EXPECTED, audience }, NOW_S).viewer;

it('a token that says nothing of kind, roles and scopes is that of a customer who may do nothing beyond', () => {
  const { viewer, expiresS } = readClaims(CLAIMS, EXPECTED, NOW_S);
  expect(viewer).toEqual({ id: 'auth0|1', kind: 'CUSTOMER', roles: [], scopes: new Set(), claims: CLAIMS });
  expect(expiresS).toBe(CLAIMS.exp);
});

it.each([
  ['some of ours', ['ADMIN', 'ORDER_MANAGER'], ['ADMIN', 'ORDER_MANAGER']],
  ['one of ours among others', ['default-roles-shop', 'ADMIN', 'admin'], ['ADMIN']],
  ['objects', [{ value: 'ADMIN' }], []],
  ['a text', 'ADMIN', []],
  ['null', null, []],
])('roles that are %s are those that are ours', (_, roles, ours) => {
  expect(viewerOf({ roles }).roles).toEqual(ours);
});

it.each([
  ['scope, one text', { scope: 'read  write' }],
  ['scope, a list', { scope: ['read', 'write'] }],
  ['scopes', { scopes: ['read', 'write'] }],
  ['scp, one text', { scp: 'read write' }],
  ['scp, a list', { scp: ['read', 'write', ''] }],
  ['several of them', { scope: 'read', scp: ['write'] }],
  ['what is none beside', { scope: { read: true }, scopes: ['read', 7, null, 'write'] }],
])('scopes are told by %s', (_, claims) => {
  expect(viewerOf(claims).scopes).toEqual(new Set(['read', 'write']));
});

it.each(['api', ['api'], ['https://id.example/userinfo', 'api']])('a token for %j is for this audience', (aud) => {
  expect(viewerOf({ aud }, 'api').id).toBe('auth0|1');
  expect(viewerOf({ aud }).id).toBe('auth0|1');
});

it.each([undefined, null, '', 'another', 'api2', 'a', [], ['another'], [['api']], { api: 'api' }])(
  'a token for %j is not for this audience',
  (aud) => {
    expect(() => viewerOf({ aud }, 'api')).toThrow('audience');
  },
);

it.each([
  ['of another issuer', { iss: 'https://id.example' }, 'issuer'],
  ['of a list of issuers', { iss: [CLAIMS.iss] }, 'issuer'],
  ['of nobody', { sub: '' }, 'not valid'],
  ['of a number', { sub: 7 }, 'not valid'],
  ['that never ends', { exp: undefined }, 'not valid'],
  ['that ends at a text', { exp: String(CLAIMS.exp) }, 'not valid'],
  ['that ends at infinity', JSON.parse('{"exp":1e999}'), 'not valid'],
  ['that has ended', { exp: NOW_S - 5 }, 'expired'],
  ['that begins later', { nbf: NOW_S + 6 }, 'yet'],
  ['that begins at null', { nbf: null }, 'not valid'],
  ['of a kind that is newer than this gateway', { kind: 'ROBOT' }, 'not valid'],
])('a token %s is refused', (_, claims, why) => {
  expect(() => viewerOf(claims)).toThrow(why);
});
