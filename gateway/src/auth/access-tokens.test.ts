import { generateKeyPairSync } from 'node:crypto';
import { SignJWT } from 'jose';
import { expect, it } from 'vitest';
import { createAccessTokens } from './access-tokens.ts';
import { readTokenKeys, type TokenKey } from './token-key.ts';

const BEGAN = Date.parse('2026-01-01T00:00:00Z');
const { publicKey, privateKey } = generateKeyPairSync('ed25519');
const KEY = readTokenKeys({ ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'EdDSA' })[0];

async function startTokens(livesS: number, claims: Readonly<Record<string, unknown>> = {}) {
  let at = BEGAN;
  let key: TokenKey | undefined | Promise<TokenKey | undefined> = KEY;
  const tokens = createAccessTokens({ keys: { keyFor: () => key }, issuer: 'entrepot', now: () => at });
  const headerOf = async (over: Readonly<Record<string, unknown>> = {}) => {
    const token = await new SignJWT({ kind: 'CUSTOMER', roles: [], iss: 'entrepot', sub: 'ann', ...claims, ...over })
      .setProtectedHeader({ alg: 'EdDSA', kid: 'one' })
      .setExpirationTime(BEGAN / 1_000 + livesS)
      .sign(privateKey);
    return `Bearer ${token}`;
  };
  return {
    tokens,
    header: await headerOf(),
    headerOf,
    go: (ms: number) => (at = BEGAN + ms),
    setKey: (next: typeof key) => (key = next),
  };
}

it('a token is known once it was found good, and no longer than it is good', async () => {
  const { tokens, header, go } = await startTokens(30);
  expect(tokens.known(header)).toBeUndefined();
  const viewer = await tokens.viewerOf(header);
  expect(viewer?.id).toBe('ann');
  go(29_999);
  expect(tokens.known(header)).toBe(viewer);
  expect(tokens.known(`${header}x`)).toBeUndefined();
  go(30_000);
  expect(tokens.known(header)).toBeUndefined();
});

it('a token that lives for long is looked at again after a minute', async () => {
  const { tokens, header, go } = await startTokens(3_600);
  await tokens.viewerOf(header);
  go(59_999);
  expect(tokens.known(header)?.id).toBe('ann');
  go(60_000);
  expect(tokens.known(header)).toBeUndefined();
});

it('of tokens that are long fewer are remembered', async () => {
  const { tokens, header, headerOf } = await startTokens(30);
  await tokens.viewerOf(header);
  const long = 'x'.repeat(5_500);
  for (let count = 0; count < 2_200; count++) await tokens.viewerOf(await headerOf({ long, count }));
  expect(tokens.known(header)).toBeUndefined();
});

it('nobody waits whose key is at hand', async () => {
  const { tokens, header } = await startTokens(30);
  expect(tokens.viewerOf(undefined)).toBeUndefined();
  expect(tokens.viewerOf(header)).toMatchObject({ id: 'ann' });
  expect(() => tokens.viewerOf(`${header}x`)).toThrow('not valid');
});

it('a key that has to be looked for is waited for, and its token known from then on', async () => {
  const { tokens, header, setKey } = await startTokens(30);
  setKey(Promise.resolve(undefined));
  await expect(tokens.viewerOf(header)).rejects.toThrow('a key we do not know');
  setKey(Promise.reject(new Error('away')));
  await expect(tokens.viewerOf(header)).rejects.toThrow('away');
  setKey(Promise.resolve(KEY));
  await expect(tokens.viewerOf(header)).resolves.toMatchObject({ id: 'ann' });
  expect(tokens.known(header)?.id).toBe('ann');
});

it.each(['Bearer', 'bearer', 'BEARER', 'Bearer  '])('%j says that a token follows', async (scheme) => {
  const { tokens, header } = await startTokens(30);
  expect(tokens.viewerOf(`${scheme} ${header.slice('Bearer '.length)} `)).toMatchObject({ id: 'ann' });
});

it.each([
  ['nothing', () => ''],
  ['a scheme alone', () => 'Bearer '],
  ['another scheme', (header: string) => header.replace('Bearer', 'Basic')],
  ['no scheme', (header: string) => header.slice('Bearer '.length)],
  ['no space', (header: string) => header.replace(' ', '')],
  ['two tokens', (header: string) => `${header} ${header}`],
  ['what is too long to be hashed', () => `Bearer ${'x.'.repeat(5_000)}`],
])('%s in the header is refused', async (_, make) => {
  const { tokens, header } = await startTokens(30);
  expect(() => tokens.viewerOf(make(header))).toThrow(expect.objectContaining({ code: 'UNAUTHENTICATED' }));
});

it.each([
  ['a moment after its end', 34_000, {}, 'ann'],
  ['later', 35_000, {}, 'expired'],
  ['a moment before it begins', 0, { nbf: BEGAN / 1_000 + 5 }, 'ann'],
  ['before that', 0, { nbf: BEGAN / 1_000 + 6 }, 'not valid'],
  ['that begins at no time', 0, { nbf: Object('now') }, 'not valid'],
  ['of another issuer', 0, { iss: 'elsewhere' }, 'not valid'],
  ['of no issuer', 0, { iss: undefined }, 'not valid'],
  ['of nobody', 0, { sub: '' }, 'not valid'],
])('a token %s: %#', async (_, at, claims, outcome) => {
  const { tokens, header, go } = await startTokens(30, claims);
  go(at);
  const told = await Promise.resolve()
    .then(() => tokens.viewerOf(header))
    .then(
      (viewer) => viewer?.id,
      (error: Error) => error.message,
    );
  expect(told).toContain(outcome);
});
