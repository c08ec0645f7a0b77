import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';

const REGULARS = 1_000;

const ALGORITHMS = {
  /** What OpenID Connect makes mandatory, and what most identity providers sign with. */
  RS256: { digest: 'sha256', newPair: () => generateKeyPairSync('rsa', { modulusLength: 2_048 }) },
  /** What our users service signs with. */
  EdDSA: { digest: null, newPair: () => generateKeyPairSync('ed25519') },
} as const;

export type TokenAlgorithm = keyof typeof ALGORITHMS;

export type Issuer = {
  readonly jwksUrl: string;
  /** An `Authorization` header that none of the requests to this gateway had since it was last given all others, so that it cannot know it. */
  next(gateway: string, algorithm?: TokenAlgorithm): string;
  /** One of a thousand viewers, who all ask again and again. */
  regular(gateway: string, algorithm?: TokenAlgorithm): string;
  stop(): void;
};

/**
 * Issues access tokens that the gateway can verify. All of an algorithm are signed when the first is asked for: each gateway is asked
 * once before anything is measured. `count` is to be more than the gateway remembers.
 */
export async function startIssuer(count: number): Promise<Issuer> {
  const issued = { RS256: createTokens('RS256', count), EdDSA: createTokens('EdDSA', count) };
  const keys = [issued.RS256.jwk, issued.EdDSA.jwk];
  const server = createServer((_, response) => response.end(JSON.stringify({ keys }))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const given = new Map<string, number>();
  const nextOf = (gateway: string, algorithm: TokenAlgorithm, count: number) => {
    const index = given.get(gateway) ?? 0;
    given.set(gateway, index + 1);
    return issued[algorithm].all()[index % count] ?? '';
  };
  return {
    jwksUrl: `http://127.0.0.1:${port}/jwks.json`,
    regular: (gateway, algorithm = 'EdDSA') => nextOf(gateway, algorithm, REGULARS),
    next: (gateway, algorithm = 'EdDSA') => nextOf(gateway, algorithm, count),
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function createTokens(alg: TokenAlgorithm, count: number) {
  const { digest, newPair } = ALGORITHMS[alg];
  const { publicKey, privateKey } = newPair();
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const header = part({ alg, kid: alg });
  const iat = Math.floor(Date.now() / 1000);
  const tokenOf = (index: number) => {
    const claims = { iss: 'entrepot', sub: `usr_${index}`, iat, exp: iat + 7_200, kind: 'CUSTOMER', roles: [] };
    const signed = `${header}.${part(claims)}`;
    return `Bearer ${signed}.${sign(digest, Buffer.from(signed), privateKey).toString('base64url')}`;
  };
  let tokens: readonly string[] | undefined;
  return {
    jwk: { ...publicKey.export({ format: 'jwk' }), kid: alg, alg, use: 'sig' },
    all: () => (tokens ??= Array.from({ length: count }, (_, index) => tokenOf(index))),
  };
}
