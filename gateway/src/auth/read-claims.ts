import { Fault } from '@entrepot/kernel/fault';
import { isRole, type Role } from '@entrepot/kernel/viewer';
import type { Claims } from './open-token.ts';
import type { TokenViewer } from './viewer-state.ts';

/** Whose tokens are believed, and for whom they have to be meant. */
export type Expected = {
  readonly issuer: string;
  /** Undefined when it does not matter. */
  readonly audience?: string | undefined;
};

const CLOCK_TOLERANCE_S = 5;

/**
 * Who the claims of a token (RFC 7519) speak of, and until when. They are read by hand: a schema's parser takes as long as all of
 * this, with each new token. Claims that are ours alone may be missing, and then nothing is permitted by them.
 * @throws Fault
 */
export function readClaims(
  claims: Claims,
  expected: Expected,
  nowS: number,
): { viewer: TokenViewer; expiresS: number } {
  const { iss, sub, exp, nbf = 0, kind = 'CUSTOMER' } = claims;
  if (typeof sub !== 'string' || sub === '' || !isTime(exp) || !isTime(nbf) || !isKind(kind)) throw invalid();
  if (iss !== expected.issuer) throw invalid(': it is of another issuer');
  if (expected.audience !== undefined && !isMeantFor(expected.audience, claims.aud))
    throw invalid(': it is meant for another audience');
  if (nbf > nowS + CLOCK_TOLERANCE_S) throw invalid(' yet');
  if (exp <= nowS - CLOCK_TOLERANCE_S)
    throw new Fault('UNAUTHENTICATED', 'the access token has expired: log in again, or use the refresh token');
  return { viewer: { id: sub, kind, roles: rolesIn(claims.roles), scopes: scopesIn(claims), claims }, expiresS: exp };
}

export const invalid = (why = ''): Fault => new Fault('UNAUTHENTICATED', `the access token is not valid${why}`);

/** JSON has numbers that are too large to be one. */
const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);

/** A kind that is newer than this gateway may do less than any that it knows. */
const isKind = (value: unknown): value is TokenViewer['kind'] => value === 'CUSTOMER' || value === 'GUEST';

const isMeantFor = (audience: string, aud: unknown): boolean =>
  Array.isArray(aud) ? aud.includes(audience) : aud === audience;

/** Roles that are newer than this gateway, or another issuer's, mean nothing to it. */
const rolesIn = (roles: unknown): readonly Role[] => (Array.isArray(roles) ? roles.filter(isRole) : []);

/** One text with spaces between (RFC 9068), or a list; some issuers call it something else. */
function scopesIn({ scope, scopes, scp }: Claims): ReadonlySet<string> {
  const found = new Set<string>();
  for (const given of [scope, scopes, scp]) {
    const list: unknown[] = typeof given === 'string' ? given.split(' ') : Array.isArray(given) ? given : [];
    for (const one of list) if (typeof one === 'string' && one !== '') found.add(one);
  }
  return found;
}
