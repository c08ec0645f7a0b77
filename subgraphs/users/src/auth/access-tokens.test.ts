import { createLocalJWKSet, exportJWK, generateKeyPair, jwtVerify } from 'jose';
import { describe, expect, it } from 'vitest';
import type { User } from '../domain/user.ts';
import { createAccessTokens } from './access-tokens.ts';

const now = new Date('2026-01-01T12:00:00.500Z');
const ann: User = {
  id: 'usr_ann',
  kind: 'CUSTOMER',
  email: 'ann@example.com',
  displayName: 'Ann',
  roles: ['ORDER_MANAGER'],
  createdAt: now,
};

async function newKey(): Promise<Record<string, unknown>> {
  const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
  return { ...(await exportJWK(privateKey)), kid: 'k1' };
}

describe('an access token', () => {
  it('is verified with the published key alone, and says who it is for', async () => {
    const { sign, jwks } = await createAccessTokens(JSON.stringify(await newKey()), 900);
    const { token, expiresAt } = await sign(ann, now);
    expect(expiresAt).toEqual(new Date('2026-01-01T12:15:00Z'));
    const verified = await jwtVerify(token, createLocalJWKSet({ keys: jwks.keys }), { currentDate: now });
    expect(verified.protectedHeader).toEqual({ alg: 'EdDSA', kid: 'k1', typ: 'JWT' });
    expect(verified.payload).toEqual({
      iss: 'entrepot',
      sub: 'usr_ann',
      kind: 'CUSTOMER',
      roles: ['ORDER_MANAGER'],
      iat: 1_767_268_800,
      exp: 1_767_269_700,
    });
  });

  it('comes with a key set that has no private part', async () => {
    const { jwks } = await createAccessTokens(JSON.stringify(await newKey()), 900);
    expect(Object.keys(jwks.keys[0] ?? {}).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
  });
});

describe('a private key', () => {
  it.each([
    ['no JSON', async () => 'secret-key-material'],
    ['without a kid', async () => JSON.stringify({ ...(await newKey()), kid: undefined })],
    ['of another kind', async () => JSON.stringify({ ...(await newKey()), kty: 'EC' })],
    ['public only', async () => JSON.stringify({ ...(await newKey()), d: undefined })],
    ['of two halves that do not fit', async () => JSON.stringify({ ...(await newKey()), x: (await newKey()).x })],
  ])('that is %s is refused, and not repeated', async (_, text) => {
    const error = await createAccessTokens(await text(), 900).catch((reason: unknown) => reason);
    expect(String(error)).toContain('ACCESS_TOKEN_PRIVATE_KEY');
    expect(String(error)).not.toContain('secret-key-material');
  });
});
