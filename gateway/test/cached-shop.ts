import { expect } from 'vitest';
import { bearer, startIssuer } from './fixture.ts';
import { startShop } from './shop.ts';

export const PAGE = 'query Page($id: ID!) { product(id: $id) { name price maker } }';
export type Env = Record<string, string>;

/** A shop with an issuer of tokens, whose calls of subgraphs can be counted. */
export async function startCachedShop(env: Env) {
  const issuer = await startIssuer();
  const shop = await startShop({ JWKS_URL: issuer.url, ...env });
  await expect.poll(() => shop.metric('cache_ready')).toBe(1);
  const as = async (id: string, roles: string[] = []) => bearer(await issuer.token(id, roles));
  /** How many calls of subgraphs it makes. */
  const calls = async (act: () => Promise<unknown>) => {
    const before = shop.goods.requests.length + shop.people.requests.length;
    await act();
    return shop.goods.requests.length + shop.people.requests.length - before;
  };
  return { ...shop, as, calls };
}
