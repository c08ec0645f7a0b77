import { exportJWK, importJWK, type JWK, SignJWT } from 'jose';
import { z } from 'zod';
import type { User } from './domain/user.ts';

const ISSUER = 'entrepot';
const PrivateKey = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string(),
  d: z.string(),
  kid: z.string().min(1),
});

export type AccessTokens = {
  /** Signs an access token (RFC 9068 in spirit: a JWT whose subject is the user's id). */
  sign(user: User, now: Date): Promise<{ token: string; expiresAt: Date }>;
  /** The public key, as `/.well-known/jwks.json` shows it (RFC 7517). */
  readonly jwks: { keys: JWK[] };
};

/** @throws Error that says what is wrong with the key */
export async function createAccessTokens(privateJwk: string, ttlS: number): Promise<AccessTokens> {
  const { kid, ...jwk } = readKey(privateJwk);
  const key = await importJWK(jwk, 'EdDSA');
  const { d: _, ...publicPart } = jwk;
  const publicKey = await importJWK(publicPart, 'EdDSA');
  return {
    async sign(user, now) {
      const issuedAt = Math.floor(now.getTime() / 1000);
      const token = await new SignJWT({ kind: user.kind, roles: [...user.roles] })
        .setProtectedHeader({ alg: 'EdDSA', kid, typ: 'JWT' })
        .setIssuer(ISSUER)
        .setSubject(user.id)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + ttlS)
        .sign(key);
      return { token, expiresAt: new Date((issuedAt + ttlS) * 1000) };
    },
    jwks: { keys: [{ ...(await exportJWK(publicKey)), kid, alg: 'EdDSA', use: 'sig' }] },
  };
}

function readKey(text: string): z.infer<typeof PrivateKey> {
  try {
    return PrivateKey.parse(JSON.parse(text));
  } catch (error) {
    throw new Error('invalid environment\nACCESS_TOKEN_PRIVATE_KEY is no Ed25519 private JWK with a kid, as JSON', {
      cause: error,
    });
  }
}
