import { Fault } from '@entrepot/kernel/fault';
import { LRUCache } from 'lru-cache';
import type { KeySource } from './jwks.ts';
import { openToken, readToken, type SealedToken } from './open-token.ts';
import { type Expected, invalid, readClaims } from './read-claims.ts';
import type { TokenKey } from './token-key.ts';
import type { TokenViewer } from './viewer-state.ts';

export type AccessTokens = {
  /**
   * Who sends a request with this `Authorization` header; undefined for nobody in particular. A promise only when a key has to be
   * looked for first: as long as keys are known nobody waits.
   * @throws Fault, at once or by the promise
   */
  viewerOf(authorization: string | undefined): TokenViewer | undefined | Promise<TokenViewer>;
  /** The same for a header that was found good a short while ago; undefined for all others. */
  known(authorization: string): TokenViewer | undefined;
};

export type AccessTokenOptions = Expected & { keys: KeySource; now?: () => number };

/** A checked token is believed for so long without another look: as long as a withdrawn key may live on here. */
const REMEMBER_MS = 60_000;
const MAX_REMEMBERED = 10_000;
/** Of all that are remembered: ours have 300 each, those with many claims and the signature of a long key some thousands. */
const MAX_REMEMBERED_CHARS = 16_000_000;
/** What is longer is not worth hashing. */
const MAX_TOKEN_CHARS = 8_192;

/** Checks access tokens (JWT) offline, by the issuer's public keys. */
export function createAccessTokens({ keys, now = Date.now, ...expected }: AccessTokenOptions): AccessTokens {
  const remembered = new LRUCache<string, { viewer: TokenViewer; until: number }>({
    max: MAX_REMEMBERED,
    maxSize: MAX_REMEMBERED_CHARS,
  });
  const known = (authorization: string) => {
    const found = remembered.get(authorization);
    return found && found.until > now() ? found.viewer : undefined;
  };
  const check = (authorization: string, token: SealedToken, key: TokenKey | undefined): TokenViewer => {
    if (!key) throw new Fault('UNAUTHENTICATED', 'the access token is signed with a key we do not know');
    const claims = openToken(token, key);
    if (!claims) throw invalid();
    const { viewer, expiresS } = readClaims(claims, expected, Math.floor(now() / 1000));
    const until = Math.min(expiresS * 1000, now() + REMEMBER_MS);
    remembered.set(authorization, { viewer, until }, { size: authorization.length });
    return viewer;
  };
  return {
    known,
    viewerOf(authorization) {
      if (authorization === undefined) return undefined;
      const found = known(authorization);
      if (found) return found;
      const token = readToken(readBearer(authorization));
      if (!token) throw invalid();
      const key = keys.keyFor(token.header);
      return key instanceof Promise
        ? key.then((found) => check(authorization, token, found))
        : check(authorization, token, key);
    },
  };
}

const BEARER = /^bearer +/i;

function readBearer(authorization: string): string {
  const [scheme] = BEARER.exec(authorization) ?? [];
  const token = scheme === undefined ? '' : authorization.slice(scheme.length).trimEnd();
  if (token !== '' && token.length <= MAX_TOKEN_CHARS) return token;
  throw new Fault('UNAUTHENTICATED', 'the authorization header is no Bearer access token');
}
