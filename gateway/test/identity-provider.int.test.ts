import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import { decodeViewer } from '@entrepot/kernel/viewer';
import { type JWTPayload, SignJWT } from 'jose';
import { describe, expect, it, onTestFinished } from 'vitest';
import { bearer, codes, listenOn } from './fixture.ts';
import { startShop } from './shop.ts';

const ISSUER = 'https://id.example/';
const ME = '{ me { id secret } }';

type Pair = { publicKey: KeyObject; privateKey: KeyObject };
const RSA: Pair = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const SHORT_RSA: Pair = generateKeyPairSync('rsa', { modulusLength: 1_024 });
const P256: Pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ED25519: Pair = generateKeyPairSync('ed25519');
const jwkOf = ({ publicKey }: Pair, about: object = {}) => ({ ...publicKey.export({ format: 'jwk' }), ...about });

/** Somebody else’s identity provider, and a gateway that believes it. */
async function startWith(keys: readonly unknown[], env: Record<string, string> = {}) {
  let fetches = 0;
  const http = createServer((_, response) => {
    fetches++;
    response.end(JSON.stringify({ keys }));
  });
  const url = await listenOn(http);
  onTestFinished(() => {
    http.closeAllConnections();
    http.close();
  });
  const shop = await startShop({ JWKS_URL: `${url}/keys`, ACCESS_TOKEN_ISSUER: ISSUER, ...env });
  const askAs = async (token: Promise<string>) => shop.ask<{ me: { id: string } | null }>(ME, {}, bearer(await token));
  return { ...shop, askAs, fetches: () => fetches };
}

const tokenOf = (alg: string, { privateKey }: Pair, kid: string | undefined, claims: JWTPayload = {}) =>
  new SignJWT({ iss: ISSUER, sub: 'auth0|ann', azp: 'shop', ...claims })
    .setProtectedHeader({ alg, typ: 'at+jwt', ...(kid !== undefined && { kid }) })
    .setExpirationTime('5m')
    .sign(privateKey);

const KEY_SET = [
  jwkOf(RSA, { kid: 'encryption', use: 'enc', alg: 'RSA-OAEP' }),
  { kty: 'oct', kid: 'shared', k: 'c2VjcmV0', alg: 'HS256' },
  { kty: 'AKP', kid: 'later', alg: 'ML-DSA-44', pub: 'abc' },
  jwkOf(SHORT_RSA, { kid: 'short', use: 'sig' }),
  { kty: 'RSA', kid: 'broken', n: '', e: 'AQAB' },
  'nonsense',
  jwkOf(RSA, { kid: 'rsa', use: 'sig', x5c: ['MII'], x5t: 'abc' }),
  jwkOf(P256, { kid: 'rsa', use: 'sig', alg: 'ES256' }),
  jwkOf(ED25519, { kid: 'ed', alg: 'EdDSA', key_ops: ['verify'] }),
];

describe('the tokens of an identity provider', () => {
  it.each([
    ['RS256', RSA, 'rsa'],
    ['RS512', RSA, 'rsa'],
    ['PS256', RSA, 'rsa'],
    ['ES256', P256, 'rsa'],
    ['EdDSA', ED25519, 'ed'],
  ] as const)('that are signed with %s make their subject a viewer without roles', async (alg, pair, kid) => {
    const { askAs, people, logged } = await startWith(KEY_SET);
    const answer = await askAs(tokenOf(alg, pair, kid));
    expect(answer.data).toEqual({ me: { id: 'auth0|ann', secret: 'auth0|ann ' } });
    const header = people.requests.at(-1)?.['x-viewer'];
    expect(decodeViewer(String(header))).toEqual({ id: 'auth0|ann', kind: 'CUSTOMER', roles: [] });
    expect(logged.filter((line) => line.includes('a key of access tokens is no use'))).toHaveLength(2);
  });

  it.each([
    ['a key that is too short', () => tokenOf('RS256', RSA, 'short')],
    ['a key that is for encryption', () => tokenOf('RS256', RSA, 'encryption')],
    ['another key than it names', () => tokenOf('RS256', RSA, 'ed')],
    ['a key of the set, by another issuer', () => tokenOf('RS256', RSA, 'rsa', { iss: 'elsewhere' })],
  ])('that are signed with %s are refused', async (_, make) => {
    const { askAs, fetches } = await startWith(KEY_SET);
    for (let again = 0; again < 5; again++) expect(codes(await askAs(make()))).toEqual(['UNAUTHENTICATED']);
    expect(fetches()).toBeLessThanOrEqual(2);
  });

  it('need not name a key where there is only one for their algorithm', async () => {
    const one = await startWith([jwkOf(RSA), jwkOf(P256, { kid: 'other' })]);
    expect((await one.askAs(tokenOf('RS256', RSA, undefined))).data?.me?.id).toBe('auth0|ann');
    expect((await one.askAs(tokenOf('ES256', P256, undefined))).data?.me?.id).toBe('auth0|ann');
    const another: Pair = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const two = await startWith([jwkOf(RSA, { kid: 'a' }), jwkOf(another, { kid: 'b' })]);
    expect(codes(await two.askAs(tokenOf('RS256', RSA, undefined)))).toEqual(['UNAUTHENTICATED']);
    expect((await two.askAs(tokenOf('RS256', RSA, 'a'))).data?.me?.id).toBe('auth0|ann');
  });

  it('have to be meant for us, where we say who we are', async () => {
    const { askAs } = await startWith(KEY_SET, { ACCESS_TOKEN_AUDIENCE: 'https://shop.example/graphql' });
    const withAudience = (aud?: string | string[]) =>
      askAs(tokenOf('RS256', RSA, 'rsa', aud === undefined ? {} : { aud }));
    for (const aud of ['https://shop.example/graphql', ['https://id.example/me', 'https://shop.example/graphql']])
      expect((await withAudience(aud)).data?.me?.id).toBe('auth0|ann');
    for (const aud of [undefined, 'https://shop.example/', ['https://id.example/me']])
      expect(codes(await withAudience(aud))).toEqual(['UNAUTHENTICATED']);
  });
});
