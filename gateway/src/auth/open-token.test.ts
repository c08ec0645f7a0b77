import { generateKeyPairSync, sign } from 'node:crypto';
import { exportJWK, jwtVerify, SignJWT } from 'jose';
import { expect, it } from 'vitest';
import { openToken } from './open-token.ts';

const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const keyFor = async (kid: string) => (kid === 'one' ? publicKey : undefined);
const part = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const HEADER = { alg: 'EdDSA', kid: 'one' };
const signedOf = (header: unknown, payload: unknown, key = privateKey) => {
  const signed = `${part(header)}.${part(payload)}`;
  return `${signed}.${sign(null, Buffer.from(signed), key).toString('base64url')}`;
};
const GOOD = signedOf(HEADER, { sub: 'a' });
const [head = '', body = '', signature = ''] = GOOD.split('.');

it.each(['EdDSA', 'Ed25519'])('opens what is signed with %s by the key it names, as jose does', async (alg) => {
  const token = await new SignJWT({ sub: 'Zoë' }).setProtectedHeader({ alg, kid: 'one' }).sign(privateKey);
  expect(await openToken(token, keyFor)).toEqual({ sub: 'Zoë' });
  expect((await jwtVerify(token, publicKey)).payload).toEqual({ sub: 'Zoë' });
});

it('jose opens what this opens', async () => {
  expect(await openToken(GOOD, keyFor)).toEqual({ sub: 'a' });
  expect((await jwtVerify(GOOD, publicKey)).payload).toEqual({ sub: 'a' });
});

const hmacKey = Buffer.from((await exportJWK(publicKey)).x ?? '', 'base64url');
it.each([
  ['nothing', ''],
  ['two parts', `${head}.${body}`],
  ['four parts', `${GOOD}.e30`],
  ['no signature', `${head}.${body}.`],
  ['the signature of another payload', `${head}.${part({ sub: 'b' })}.${signature}`],
  ['the signature of another header', `${part({ ...HEADER, extra: 1 })}.${body}.${signature}`],
  [
    'a signature of which a bit is another',
    `${head}.${body}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`,
  ],
  ['a signature of another length', `${head}.${body}.${signature}AA`],
  ['padding', `${head}.${body}.${signature}==`],
  ['letters of plain base64', `${head}.${body}.${'+/'.repeat(43)}`],
  ['a stranger’s key', signedOf(HEADER, { sub: 'a' }, generateKeyPairSync('ed25519').privateKey)],
  ['a key that is not known', signedOf({ ...HEADER, kid: 'two' }, { sub: 'a' })],
  ['no key named', signedOf({ alg: 'EdDSA' }, { sub: 'a' })],
  ['a key named by no text', signedOf({ alg: 'EdDSA', kid: ['one'] }, { sub: 'a' })],
  ['no algorithm', signedOf({ kid: 'one' }, { sub: 'a' })],
  ['alg none', signedOf({ alg: 'none', kid: 'one' }, { sub: 'a' })],
  ['another algorithm', signedOf({ alg: 'ES256', kid: 'one' }, { sub: 'a' })],
  ['a list of algorithms', signedOf({ alg: ['EdDSA'], kid: 'one' }, { sub: 'a' })],
  ['an extension that must be understood', signedOf({ ...HEADER, crit: ['b64'], b64: false }, { sub: 'a' })],
  ['a header that is no object', signedOf([HEADER], { sub: 'a' })],
  ['a header that is no JSON', signedOf('{', { sub: 'a' })],
  ['claims that are no object', signedOf(HEADER, ['a'])],
  ['claims that are null', signedOf(HEADER, 'null')],
  ['claims that are no JSON', signedOf(HEADER, '{')],
])('opens nothing with %s', async (_, token) => {
  expect(await openToken(token, keyFor)).toBeUndefined();
});

it('takes no public key for a shared secret', async () => {
  const token = await new SignJWT({ sub: 'a' }).setProtectedHeader({ alg: 'HS256', kid: 'one' }).sign(hmacKey);
  expect(await openToken(token, keyFor)).toBeUndefined();
});

it('asks for the key once, and fails as that fails', async () => {
  await expect(openToken(GOOD, () => Promise.reject(new Error('away')))).rejects.toThrow('away');
});
