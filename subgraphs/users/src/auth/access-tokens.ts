import { type CryptoKey, exportJWK, importJWK, type JWK, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import type { User } from '../domain/user.ts';

const ISSUER = 'entrepot';
const ALGORITHM = 'EdDSA';
const PrivateKey = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string(),
  d: z.string(),
  kid: z.string().min(1),
});

export type AccessTokens = {
  /** Signs an access token: a JWT whose subject is the user's id. */
  sign(user: User, now: Date): Promise<{ token: string; expiresAt: Date }>;
  /** The public key, as `/.well-known/jwks.json` shows it (RFC 7517). */
  readonly jwks: { keys: JWK[] };
};

/** @throws Error that says what is wrong with the key, and nothing of what is in it */
export async function createAccessTokens(privateJwk: string, ttlS: number): Promise<AccessTokens> {
  const { kid, key, publicKey } = await readKeys(privateJwk);
  return {
    async sign({ id, kind, roles }, now) {
      const issuedAt = Math.floor(now.getTime() / 1000);
      const expiresAt = issuedAt + ttlS;
      const token = await new SignJWT({ kind, roles: [...roles] })
        .setProtectedHeader({ alg: ALGORITHM, kid, typ: 'JWT' })
        .setIssuer(ISSUER)
        .setSubject(id)
        .setIssuedAt(issuedAt)
        .setExpirationTime(expiresAt)
        .sign(key);
      return { token, expiresAt: new Date(expiresAt * 1000) };
    },
    jwks: { keys: [{ ...(await exportJWK(publicKey)), kid, alg: ALGORITHM, use: 'sig' }] },
  };
}

type Keys = { kid: string; key: CryptoKey | Uint8Array; publicKey: CryptoKey | Uint8Array };

async function readKeys(text: string): Promise<Keys> {
  try {
    const { kid, kty, crv, x, d } = PrivateKey.parse(JSON.parse(text));
    const key = await importJWK({ kty, crv, x, d }, ALGORITHM);
    const publicKey = await importJWK({ kty, crv, x }, ALGORITHM);
    // The halves may be of two keys: then nobody could verify what this service signs, and nobody could log in.
    await jwtVerify(await new SignJWT({}).setProtectedHeader({ alg: ALGORITHM }).sign(key), publicKey);
    return { kid, key, publicKey };
  } catch {
    // Without its cause, which would hold parts of the key.
    throw new Error(
      'invalid environment\nACCESS_TOKEN_PRIVATE_KEY is no Ed25519 private key: it must be a JWK as JSON, with kty "OKP", crv "Ed25519", x, d and kid',
    );
  }
}
