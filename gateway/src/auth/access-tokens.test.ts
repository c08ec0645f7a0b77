import { generateKeyPair, SignJWT } from 'jose';
import { expect, it } from 'vitest';
import { createAccessTokens } from './access-tokens.ts';

const BEGAN = Date.parse('2026-01-01T00:00:00Z');

async function startTokens(livesS: number) {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
  let at = BEGAN;
  const keys = { keyFor: async () => publicKey };
  const tokens = createAccessTokens({ keys, issuer: 'entrepot', now: () => at });
  const token = await new SignJWT({ kind: 'CUSTOMER', roles: [] })
    .setProtectedHeader({ alg: 'EdDSA', kid: 'one' })
    .setIssuer('entrepot')
    .setSubject('ann')
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
