import { Fault } from '@entrepot/kernel/fault';
import { isRole } from '@entrepot/kernel/viewer';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import type { KeySource } from './jwks.ts';
import { openToken } from './open-token.ts';
import type { TokenViewer } from './viewer-state.ts';

export type AccessTokens = {
  /** Who sends a request with this `Authorization` header; undefined for nobody in particular. @throws Fault */
  viewerOf(authorization: string | undefined): Promise<TokenViewer | undefined>;
  /** The same for a header that was found good a short while ago; undefined for all others. */
  known(authorization: string): TokenViewer | undefined;
};

export type AccessTokenOptions = { keys: KeySource; issuer: string; now?: () => number };

/** A checked token is believed for so long without another look: as long as a withdrawn key may live on here. */
const REMEMBER_MS = 60_000;
const MAX_REMEMBERED = 10_000;
const CLOCK_TOLERANCE_S = 5;
/** Ours have 300 bytes; what is longer is not worth hashing. */
const MAX_TOKEN_CHARS = 4_096;

const Claims = z.object({
  iss: z.string(),
  sub: z.string().min(1),
  exp: z.number(),
  nbf: z.number().optional(),
  kind: z.enum(['CUSTOMER', 'GUEST']),
  // Roles that are newer than this gateway mean nothing to it.
  roles: z.array(z.string()).transform((roles) => roles.filter(isRole)),
  /** One text, with spaces between (RFC 8693). */
  scope: z.string().optional(),
  /** How other issuers say the same. */
  scopes: z.array(z.string()).optional(),
});

/** Checks access tokens (JWT signed with Ed25519) offline, by the issuer's public keys. */
export function createAccessTokens({ keys, issuer, now = Date.now }: AccessTokenOptions): AccessTokens {
  const remembered = new LRUCache<string, { viewer: TokenViewer; until: number }>({ max: MAX_REMEMBERED });
  const known = (authorization: string) => {
    const found = remembered.get(authorization);
    return found && found.until > now() ? found.viewer : undefined;
  };
  return {
    known,
    async viewerOf(authorization) {
      if (authorization === undefined) return undefined;
      const found = known(authorization);
      if (found) return found;
      const token = readBearer(authorization);
      const { payload, claims } = await read(token, keys, issuer, Math.floor(now() / 1000));
      const { sub, exp, kind, roles, scope = '', scopes = [] } = claims;
      const given = new Set([...scope.split(' ').filter((one) => one !== ''), ...scopes]);
      const viewer: TokenViewer = { id: sub, kind, roles, scopes: given, claims: payload };
      remembered.set(authorization, { viewer, until: Math.min(exp * 1000, now() + REMEMBER_MS) });
      return viewer;
    },
  };
}

function readBearer(authorization: string): string {
  const token = /^Bearer +([\w.~+/=-]+) *$/i.exec(authorization)?.[1];
  if (token !== undefined && token.length <= MAX_TOKEN_CHARS) return token;
  throw new Fault('UNAUTHENTICATED', 'the authorization header is no Bearer access token');
}

/** What the token says, when it is the issuer's and of now. @throws Fault */
async function read(token: string, keys: KeySource, issuer: string, nowS: number) {
  const payload = await openToken(token, async (kid) => {
    const key = await keys.keyFor(kid);
    if (key === undefined) throw new Fault('UNAUTHENTICATED', 'the access token is signed with a key we do not know');
    return key;
  });
  const { success, data: claims } = Claims.safeParse(payload);
  if (!payload || !success || claims.iss !== issuer || (claims.nbf ?? 0) > nowS + CLOCK_TOLERANCE_S)
    throw new Fault('UNAUTHENTICATED', 'the access token is not valid');
  if (claims.exp <= nowS - CLOCK_TOLERANCE_S)
    throw new Fault('UNAUTHENTICATED', 'the access token has expired: log in again, or use the refresh token');
  return { payload, claims };
}
