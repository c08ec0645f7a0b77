export type StoredToken = { usedAt: Date | null; expiresAt: Date; sessionEndedAt: Date | null };

/** What becomes of a refresh token that is shown: it works once, and a second time tells that it was stolen. */
export function judge(token: StoredToken | undefined, now: Date): 'refresh' | 'unknown' | 'reused' {
  if (!token || token.sessionEndedAt || token.expiresAt <= now) return 'unknown';
  return token.usedAt ? 'reused' : 'refresh';
}
