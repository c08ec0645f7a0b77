import type { AccessTokens } from './access-tokens.ts';
import type { User } from './domain/user.ts';
import { hashOf, newRefreshToken } from './refresh-token.ts';
import type { NewSession } from './store/session-rows.ts';

export type IssuedSession = {
  accessToken: string;
  accessTokenExpiresAt: Date;
  refreshToken: string;
  refreshTokenExpiresAt: Date;
};

export type Issuer = ReturnType<typeof createIssuer>;

/** Makes the tokens of sessions: a refresh token that the caller stores the hash of, then the pair for its user. */
export function createIssuer(accessTokens: AccessTokens, refreshTtlS: number) {
  return {
    draft(now: Date): { refreshToken: string; stored: NewSession } {
      const refreshToken = newRefreshToken();
      const tokenHash = hashOf(refreshToken);
      if (!tokenHash) throw new Error('a new refresh token has no valid form');
      return { refreshToken, stored: { tokenHash, expiresAt: new Date(now.getTime() + refreshTtlS * 1000) } };
    },
    async issue(
      user: User,
      { refreshToken, stored }: { refreshToken: string; stored: NewSession },
      now: Date,
    ): Promise<IssuedSession> {
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
