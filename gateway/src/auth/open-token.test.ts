import { constants, createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createLocalJWKSet, type JWK, jwtVerify, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { openToken, readToken } from './open-token.ts';
import { readTokenKeys } from './token-key.ts';

type Pair = { publicKey: KeyObject; privateKey: KeyObject };
const rsa = (modulusLength: number): Pair => generateKeyPairSync('rsa', { modulusLength });
const ec = (namedCurve: string): Pair => generateKeyPairSync('ec', { namedCurve });
const RSA = rsa(2_048);
// Its signatures leave another number of bits to spare in their last letter.
const LONGER_RSA = rsa(2_056);
const ED25519: Pair = generateKeyPairSync('ed25519');

const KEYS: readonly (readonly [algorithm: string, pair: Pair, another: Pair])[] = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'].map((name) => [name, RSA, LONGER_RSA] as const),
  ['RS256', LONGER_RSA, RSA],
  ['ES256', ec('P-256'), ec('P-256')],
  ['ES384', ec('P-384'), ec('P-384')],
  ['ES512', ec('P-521'), ec('P-521')],
  ['EdDSA', ED25519, generateKeyPairSync('ed25519')],
  ['Ed25519', ED25519, generateKeyPairSync('ed25519')],
];

const part = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const jwkOf = ({ publicKey }: Pair, about: object = {}): JWK => ({
  ...publicKey.export({ format: 'jwk' }),
  kid: 'one',
  ...about,
});
const tokenOf = (alg: string, { privateKey }: Pair, claims: object = { sub: 'Zoë' }) =>
  new SignJWT({ ...claims }).setProtectedHeader({ alg, kid: 'one' }).sign(privateKey);

/** What this makes of a token, with whatever the key may verify. */
function opened(token: string, jwk: JWK) {
  const sealed = readToken(token);
  const key = readTokenKeys(jwk).find(({ algorithm }) => algorithm === sealed?.header.algorithm);
  return sealed && key && openToken(sealed, key);
}
const openedByJose = (token: string, jwk: JWK) =>
  jwtVerify(token, createLocalJWKSet({ keys: [jwk] })).then(
    ({ payload }) => payload,
    () => undefined,
  );

describe.each(KEYS)('a token signed with %s', (alg, pair, another) => {
  const jwk = jwkOf(pair);

  it('is opened as jose opens it, whether or not the key says its algorithm', async () => {
    const token = await tokenOf(alg, pair);
    for (const about of [{}, { alg }, { alg, use: 'sig', key_ops: ['verify'] }]) {
      expect(opened(token, { ...jwk, ...about })).toEqual({ sub: 'Zoë' });
      expect(await openedByJose(token, { ...jwk, ...about })).toEqual({ sub: 'Zoë' });
    }
  });

  it('is opened by nothing when it is forged, as by jose', async () => {
    const token = await tokenOf(alg, pair);
    const [header = '', payload = '', signature = ''] = token.split('.');
    const bytes = Buffer.from(signature, 'base64url');
    const withSignature = (forged: Buffer) => `${header}.${payload}.${forged.toString('base64url')}`;
    const forged = {
      'another payload': `${header}.${part({ sub: 'eve' })}.${signature}`,
      'another header': `${part({ alg, kid: 'one', typ: 'JWT' })}.${payload}.${signature}`,
      'another key': await tokenOf(alg, another),
      'a byte less': withSignature(bytes.subarray(1)),
      'a byte less at its end': withSignature(bytes.subarray(0, -1)),
      'half of it': withSignature(bytes.subarray(0, bytes.length / 2)),
      'a byte more': withSignature(Buffer.concat([bytes, Buffer.alloc(1)])),
      'a byte more before': withSignature(Buffer.concat([Buffer.alloc(1), bytes])),
      'none of it': `${header}.${payload}.`,
      'zeros alone': withSignature(Buffer.alloc(bytes.length)),
      'ones alone': withSignature(Buffer.alloc(bytes.length, 255)),
      padding: `${token}==`,
      'another part': `${token}.${signature}`,
      'a space': `${token} `,
      'a line break within': `${header}.${payload}.${signature.slice(0, 40)}\n${signature.slice(40)}`,
    };
    for (const [how, text] of Object.entries(forged)) {
      expect(opened(text, jwk), how).toBeUndefined();
      // It knows no padding either, and goes over white space.
      if (!/[\s=]/.test(text)) expect(await openedByJose(text, jwk), how).toBeUndefined();
    }
  });

  it('is opened in no other way of writing it', async () => {
    const token = await tokenOf(alg, pair);
    expect(opened(token, jwk)).toBeDefined();
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=. ';
    const before = token.slice(0, -1);
    for (const letter of letters.replace(token.slice(-1), ''))
      expect(opened(before + letter, jwk), letter).toBeUndefined();
    for (let at = 0; at < token.length; at += 7) {
      const letter = token[at] === 'A' ? 'B' : 'A';
      expect(opened(token.slice(0, at) + letter + token.slice(at + 1), jwk), String(at)).toBeUndefined();
    }
  });

  it('is not taken for one that is signed in another way', async () => {
    for (const [other] of KEYS) {
      if (other === alg) continue;
      const [, payload = '', signature = ''] = (await tokenOf(alg, pair)).split('.');
      const text = `${part({ alg: other, kid: 'one' })}.${payload}`;
      expect(opened(`${text}.${signature}`, jwk), other).toBeUndefined();
      expect(await openedByJose(`${text}.${signature}`, jwk), other).toBeUndefined();
    }
  });

  it('is opened by no key that is meant for another algorithm', async () => {
    const token = await tokenOf(alg, pair);
    for (const [other] of KEYS) {
      if (other === alg) continue;
      expect(opened(token, { ...jwk, alg: other }), other).toBeUndefined();
      expect(await openedByJose(token, { ...jwk, alg: other }), other).toBeUndefined();
    }
    for (const key of readTokenKeys(jwk).filter(({ algorithm }) => algorithm !== alg)) {
      const sealed = readToken(token);
      expect(sealed && openToken(sealed, key)).toBeUndefined();
    }
  });
});

/** The header says one thing, and what the token is really signed with is another. */
const disguised = (alg: string, signing: (text: Buffer) => Buffer) => {
  const signed = `${part({ alg, kid: 'one' })}.${part({ sub: 'eve' })}`;
  return `${signed}.${signing(Buffer.from(signed)).toString('base64url')}`;
};
const P256 = ec('P-256');
const pss = (saltLength: number) => (text: Buffer) =>
  sign('sha256', text, { key: RSA.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });
const spki = RSA.publicKey.export({ type: 'spki', format: 'pem' });
const secret = (key: string | Buffer) => (text: Buffer) => createHmac('sha256', key).update(text).digest();

it.each<[string, Pair, string, (text: Buffer) => Buffer]>([
  ['a public key in PEM as a shared secret', RSA, 'HS256', secret(spki)],
  ['a modulus as a shared secret', RSA, 'HS256', secret(Buffer.from(jwkOf(RSA).n ?? '', 'base64url'))],
  [
    'a public key of Ed25519 as a shared secret',
    ED25519,
    'HS256',
    secret(Buffer.from(jwkOf(ED25519).x ?? '', 'base64url')),
  ],
  ['a public key as a shared secret, said to be RS256', RSA, 'RS256', secret(spki)],
  ['the same with as many bytes', RSA, 'RS256', (text) => Buffer.alloc(256, secret(spki)(text))],
  ['nothing, and none', RSA, 'none', () => Buffer.alloc(256)],
  ['a salt of another length', RSA, 'PS256', pss(20)],
  ['no salt', RSA, 'PS256', pss(0)],
  ['PS256, said to be RS256', RSA, 'RS256', pss(32)],
  ['RS256, said to be PS256', RSA, 'PS256', (text) => sign('sha256', text, RSA.privateKey)],
  ['another digest', RSA, 'RS256', (text) => sign('sha512', text, RSA.privateKey)],
  ['a digest that is broken', RSA, 'RS256', (text) => sign('sha1', text, RSA.privateKey)],
  ['a signature in DER', P256, 'ES256', (text) => sign('sha256', text, P256.privateKey)],
  [
    'another curve',
    P256,
    'ES256',
    (text) => sign('sha256', text, { key: ec('P-384').privateKey, dsaEncoding: 'ieee-p1363' }),
  ],
])('a token signed with %s is opened neither here nor by jose', async (_, pair, alg, signing) => {
  const token = disguised(alg, signing);
  expect(opened(token, jwkOf(pair))).toBeUndefined();
  expect(await openedByJose(token, jwkOf(pair))).toBeUndefined();
});

it.each(['P-384', 'P-521', 'secp256k1'])('a key on %s verifies no ES256', async (curve) => {
  const pair = ec(curve);
  const token = disguised('ES256', (text) => sign('sha256', text, { key: pair.privateKey, dsaEncoding: 'ieee-p1363' }));
  for (const jwk of [jwkOf(pair), jwkOf(pair, { alg: 'ES256' })]) {
    expect(opened(token, jwk)).toBeUndefined();
    expect(await openedByJose(token, jwk)).toBeUndefined();
  }
});

const signedOf = (header: unknown, payload: unknown) => {
  const signed = `${part(header)}.${part(payload)}`;
  return `${signed}.${sign(null, Buffer.from(signed), ED25519.privateKey).toString('base64url')}`;
};
const HEADER = { alg: 'EdDSA', kid: 'one' };

it.each([
  ['no algorithm', { kid: 'one' }, {}],
  ['an algorithm that objects have', { ...HEADER, alg: 'constructor' }, {}],
  ['a list of algorithms', { ...HEADER, alg: ['EdDSA'] }, {}],
  ['a key named by no text', { ...HEADER, kid: ['one'] }, {}],
  ['a key named by null', { ...HEADER, kid: null }, {}],
  ['an extension that must be understood', { ...HEADER, crit: ['b64'], b64: false }, {}],
  ['an empty list of extensions', { ...HEADER, crit: [] }, {}],
  ['a header that is no object', [HEADER], {}],
  ['a header that is no JSON', '{', {}],
  ['claims that are no object', HEADER, ['a']],
  ['claims that are null', HEADER, 'null'],
  ['claims that are no JSON', HEADER, '{'],
])('opens nothing with %s, however well it is signed', (_, header, payload) => {
  expect(opened(signedOf(header, payload), jwkOf(ED25519))).toBeUndefined();
});

it('a key of its own is not for the token to bring', () => {
  const eve: Pair = generateKeyPairSync('ed25519');
  const signed = `${part({ ...HEADER, jwk: jwkOf(eve) })}.${part({ sub: 'eve' })}`;
  const token = `${signed}.${sign(null, Buffer.from(signed), eve.privateKey).toString('base64url')}`;
  expect(opened(token, jwkOf(ED25519))).toBeUndefined();
});

it('opens tokens of any number of headers, and nothing for having seen a header before', () => {
  for (const kid of Array.from({ length: 200 }, (_, index) => String(index))) {
    const good = signedOf({ ...HEADER, kid }, { sub: kid });
    const [header = '', , signature = ''] = good.split('.');
    for (let again = 0; again < 2; again++) {
      expect(opened(good, jwkOf(ED25519))).toEqual({ sub: kid });
      expect(opened(`${header}.${part({ sub: 'eve' })}.${signature}`, jwkOf(ED25519))).toBeUndefined();
    }
    expect(readToken(good)?.header).toEqual({ algorithm: 'EdDSA', kid });
  }
});
