import { createHash } from 'node:crypto';
import { Fault } from '@entrepot/kernel/fault';
import { isRole, type Viewer } from '@entrepot/kernel/viewer';
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose';
import { LRUCache } from 'lru-cache';

export type AccessTokens = {
  /** Who an `authorization` header speaks for; undefined without one. @throws Fault UNAUTHENTICATED or UNAVAILABLE */
  viewerOf(authorization: string | undefined): Promise<Viewer | undefined>;
};

/** Checking a signature takes longer than everything else a cached answer needs, so a token is checked once. */
const REMEMBERED = 20_000;
/** Clocks of two machines may differ by so much. */
const LEEWAY_S = 5;

/** Verifies access tokens offline with the keys that a service publishes (RFC 7517); the keys are fetched when needed. */
export function createAccessTokens({ jwksUrl, issuer }: { jwksUrl: string; issuer: string }): AccessTokens {
  const keys = createRemoteJWKSet(new URL(jwksUrl), {
    timeoutDuration: 3_000,
    cooldownDuration: 5_000,
    cacheMaxAge: 600_000,
  });
  const known = new LRUCache<string, { viewer: Viewer; expiresAt: number }>({ max: REMEMBERED });
  return {
    async viewerOf(authorization) {
      if (authorization === undefined) return undefined;
      const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1];
      if (token === undefined)
        throw unauthenticated('the authorization header is not written as "Bearer <access token>"');
      const fingerprint = createHash('sha256').update(token).digest('base64');
      const before = known.get(fingerprint);
      if (before && before.expiresAt > Date.now()) return before.viewer;
      const payload = await verify(token);
      const viewer = toViewer(payload);
      known.set(fingerprint, { viewer, expiresAt: ((payload.exp ?? 0) + LEEWAY_S) * 1000 });
      return viewer;
    },
  };

  async function verify(token: string): Promise<JWTPayload> {
    try {
      const options = { issuer, algorithms: ['EdDSA'], clockTolerance: LEEWAY_S, requiredClaims: ['sub', 'exp'] };
      return (await jwtVerify(token, keys, options)).payload;
    } catch (error) {
      if (error instanceof errors.JWTExpired)
        throw unauthenticated('the access token has expired: refresh the session', error);
      // What is wrong with the token is the client's to mend; that the keys cannot be had is not.
      if (error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout))
        throw unauthenticated('the access token is not valid: log in again', error);
      throw new Fault('UNAVAILABLE', 'access tokens cannot be checked now: try again in a moment', { cause: error });
    }
  }
}

const unauthenticated = (message: string, cause?: unknown) => new Fault('UNAUTHENTICATED', message, { cause });

function toViewer({ sub, kind, roles }: JWTPayload): Viewer {
  if (sub === undefined || (kind !== 'CUSTOMER' && kind !== 'GUEST') || !Array.isArray(roles) || !roles.every(isRole))
    throw unauthenticated('the access token lacks what this shop needs to know: log in again');
  return { id: sub, kind, roles };
}
