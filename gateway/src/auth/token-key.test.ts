import { generateKeyPairSync } from 'node:crypto';
import { expect, it } from 'vitest';
import { isAlgorithm, readTokenKeys } from './token-key.ts';

const rsa = (bits: number) => generateKeyPairSync('rsa', { modulusLength: bits }).publicKey.export({ format: 'jwk' });
const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'jwk' });
const RSA = rsa(2_048);
const P256 = ec('P-256');
const ED25519 = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
const namesOf = (jwk: unknown) => readTokenKeys(jwk).map(({ algorithm }) => algorithm);

it.each([
  ['RSA', RSA, ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512']],
  ['P-256', P256, ['ES256']],
  ['P-384', ec('P-384'), ['ES384']],
  ['P-521', ec('P-521'), ['ES512']],
  ['Ed25519', ED25519, ['EdDSA', 'Ed25519']],
  ['RSA that says for which', { ...RSA, alg: 'PS384' }, ['PS384']],
  ['RSA that says what for', { ...RSA, alg: 'RS256', use: 'sig', key_ops: ['verify'] }, ['RS256']],
  ['RSA with what is of no interest', { ...RSA, alg: 'RS256', x5t: 'abc', x5c: ['abc'], d: 'secret' }, ['RS256']],
])('a key of %s is for its algorithms alone', (_, jwk, names) => {
  expect(namesOf(jwk)).toEqual(names);
});

it.each([
  ['no object', 'key'],
  ['of no kind', {}],
  ['a shared secret', { kty: 'oct', k: 'c2VjcmV0', alg: 'HS256' }],
  ['a shared secret that says it is for RS256', { kty: 'oct', k: 'c2VjcmV0', alg: 'RS256' }],
  ['of another curve', ec('secp256k1')],
  ['of a curve for key agreement', generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' })],
  ['of a kind that comes later', { kty: 'AKP', alg: 'ML-DSA-44', pub: 'abc' }],
  ['for encryption', { ...RSA, use: 'enc' }],
  ['for other operations', { ...RSA, key_ops: ['encrypt', 'wrapKey'] }],
  ['for an algorithm of encryption', { ...RSA, alg: 'RSA-OAEP' }],
  ['for an algorithm of another kind', { ...P256, alg: 'RS256' }],
  ['for an algorithm of another curve', { ...P256, alg: 'ES384' }],
  ['for a shared secret’s algorithm', { ...RSA, alg: 'HS256' }],
  ['for no algorithm', { ...RSA, alg: 'none' }],
  ['not whole', { ...P256, y: undefined }],
])('a key that is %s verifies nothing', (_, jwk) => {
  expect(namesOf(jwk)).toEqual([]);
});

it.each([
  ['RSA is too short', rsa(1_024)],
  ['RSA is none', { ...RSA, n: '' }],
  ['point is not on the curve', { ...P256, y: P256.x }],
  ['point is too short', { ...ED25519, x: 'AAAA' }],
])('a key whose %s is refused', (_, jwk) => {
  expect(() => readTokenKeys(jwk)).toThrow();
});

it.each(['none', 'None', '', 'HS256', 'HS512', 'ES256K', 'RSA-OAEP', 'constructor', '__proto__', 'toString'])(
  '%j is no algorithm',
  (name) => {
    expect(isAlgorithm(name)).toBe(false);
  },
);
