import { generateKeyPairSync } from 'node:crypto';
import { SignJWT } from 'jose';
import { expect, it } from 'vitest';
import { createAccessTokens } from './access-tokens.ts';

const BEGAN = Date.parse('2026-01-01T00:00:00Z');

async function startTokens(livesS: number, claims: Readonly<Record<string, unknown>> = {}) {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  let at = BEGAN;
  const keys = { keyFor: async () => publicKey };
  const tokens = createAccessTokens({ keys, issuer: 'entrepot', now: () => at });
  const token = await new SignJWT({ kind: 'CUSTOMER', roles: [], iss: 'entrepot', sub: 'ann', ...claims })
    .setProtectedHeader({ alg: 'EdDSA', kid: 'one' })
    .setExpirationTime(BEGAN / 1_000 + livesS)
    .sign(privateKey);
  return { tokens, header: `Bearer ${token}`, go: (ms: number) => (at = BEGAN + ms) };
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
  const told = await tokens.viewerOf(header).then(
    (viewer) => viewer?.id,
    (error: Error) => error.message,
  );
  expect(told).toContain(outcome);
});
