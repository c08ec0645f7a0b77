import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';

const REGULARS = 1_000;

export type Issuer = {
  readonly jwksUrl: string;
  /** An `Authorization` header that none of the last tens of thousands of requests to this gateway had, so that it cannot know it. */
  next(gateway: string): string;
  /** One of a thousand viewers, who all ask again and again. */
  regular(gateway: string): string;
  stop(): void;
};

/** Issues access tokens that the gateway can verify, made before anything is measured. */
export async function startIssuer(count: number): Promise<Issuer> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'bench', alg: 'EdDSA', use: 'sig' };
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const header = part({ alg: 'EdDSA', kid: 'bench' });
  const iat = Math.floor(Date.now() / 1000);
  const tokens = Array.from({ length: count }, (_, index) => {
    const claims = { iss: 'entrepot', sub: `usr_${index}`, iat, exp: iat + 7_200, kind: 'CUSTOMER', roles: [] };
    const signed = `${header}.${part(claims)}`;
    return `Bearer ${signed}.${sign(null, Buffer.from(signed), privateKey).toString('base64url')}`;
  });
  const server = createServer((_, response) => response.end(JSON.stringify({ keys: [jwk] }))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const given = new Map<string, number>();
  const nextOf = (gateway: string, count: number) => {
    const index = given.get(gateway) ?? 0;
    given.set(gateway, index + 1);
    return tokens[index % count] ?? '';
  };
  return {
    jwksUrl: `http://127.0.0.1:${port}/jwks.json`,
    regular: (gateway) => nextOf(gateway, REGULARS),
    next: (gateway) => nextOf(gateway, tokens.length),
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
