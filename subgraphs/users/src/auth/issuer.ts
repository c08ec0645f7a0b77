import type { User } from '../domain/user.ts';
import type { NewSession } from '../store/session-rows.ts';
import type { AccessTokens } from './access-tokens.ts';
import { newRefreshToken } from './refresh-token.ts';

export type IssuedSession = {
  accessToken: string;
  accessTokenExpiresAt: Date;
  refreshToken: string;
  refreshTokenExpiresAt: Date;
};
/** A refresh token that is not given out yet, and what the database is to know of it. */
export type SessionDraft = { refreshToken: string; stored: NewSession };

export type Issuer = ReturnType<typeof createIssuer>;

/** Makes the tokens of sessions: first the refresh token, for the caller to store; then the pair, for its user. */
export function createIssuer(accessTokens: AccessTokens, refreshTtlS: number) {
  return {
    draft(now: Date): SessionDraft {
      const { token, hash } = newRefreshToken();
      const expiresAt = new Date(now.getTime() + refreshTtlS * 1000);
      return { refreshToken: token, stored: { tokenHash: hash, expiresAt } };
    },
    async issue(user: User, { refreshToken, stored }: SessionDraft, now: Date): Promise<IssuedSession> {
      const { token, expiresAt } = await accessTokens.sign(user, now);
      return {
        accessToken: token,
        accessTokenExpiresAt: expiresAt,
        refreshToken,
        refreshTokenExpiresAt: stored.expiresAt,
      };
    },
  };
}
