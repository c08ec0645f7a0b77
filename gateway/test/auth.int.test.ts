import { describe, expect, it } from 'vitest';
import { bearer, codes, startIssuer } from './fixture.ts';
import { startShop } from './shop.ts';

const ME = '{ me { id secret } }';

async function startGuardedShop() {
  const issuer = await startIssuer();
  return { issuer, ...(await startShop({ JWKS_URL: issuer.url })) };
}

describe('an access token', () => {
  it('makes its subject the viewer, with the roles it carries', async () => {
    const { ask, issuer } = await startGuardedShop();
    const token = await issuer.token('usr_ann', ['ADMIN', 'NEWER_THAN_THIS_GATEWAY']);
    expect((await ask(ME, {}, bearer(token))).data).toEqual({ me: { id: 'usr_ann', secret: 'usr_ann ADMIN' } });
    expect((await ask(ME)).data).toEqual({ me: null });
  });

  it.each([
    ['nonsense', async () => 'not.a.token'],
    ['empty', async () => ''],
    ['expired', (issuer: Issuer) => issuer.token('usr_ann', [], { expiresIn: Math.floor(Date.now() / 1000) - 60 })],
    ['of another issuer', (issuer: Issuer) => issuer.token('usr_ann', [], { issuer: 'elsewhere' })],
    ['signed by a stranger', async (issuer: Issuer) => issuer.token('usr_ann', [], {}, await issuer.stranger())],
    ['signed with an unknown key', (issuer: Issuer) => issuer.token('usr_ann', [], { kid: 'unknown' })],
    ['of no known kind', (issuer: Issuer) => issuer.token('usr_ann', [], { claims: { kind: 'ROBOT' } })],
    ['unsigned', async () => `${Buffer.from('{"alg":"none","kid":"one"}').toString('base64url')}.e30.`],
    [
      'signed with a public key as if it were a secret',
      async () => `${Buffer.from('{"alg":"HS256","kid":"one"}').toString('base64url')}.e30.AAAA`,
    ],
    ['too long', async () => 'x'.repeat(8_000)],
  ])('that is %s is refused once and clearly, whatever is asked', async (_, make) => {
    const { url, issuer, goods } = await startGuardedShop();
    const headers = { 'content-type': 'application/json', ...bearer(await make(issuer)) };
    const body = JSON.stringify({ query: '{ product(id: "1") { name } }' });
    const response = await fetch(url, { method: 'POST', headers, body });
    const answer = await response.json();
    expect({ status: response.status, codes: codes(answer) }).toEqual({ status: 401, codes: ['UNAUTHENTICATED'] });
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
    expect(answer).not.toHaveProperty('data');
    expect(goods.requests).toHaveLength(0);
  });

  it('of another scheme is no token', async () => {
    const { ask } = await startGuardedShop();
    expect(codes(await ask(ME, {}, { authorization: 'Basic YW5uOnB3' }))).toEqual(['UNAUTHENTICATED']);
  });

  it('is no secret to tell: the log does not have it', async () => {
    const { ask, issuer, logged } = await startGuardedShop();
    const token = await issuer.token('usr_ann', [], { issuer: 'elsewhere' });
    await ask(ME, {}, bearer(token));
    expect(logged.join()).not.toContain(token.split('.')[2]);
  });
});

describe('the issuer’s keys', () => {
  it('are fetched once for many tokens, and again for a key that is new', async () => {
    const { ask, issuer } = await startGuardedShop();
    const first = await Promise.all(['a', 'b', 'c', 'd'].map((id) => issuer.token(id)));
    const answers = await Promise.all(first.map((token) => ask<{ me: { id: string } }>(ME, {}, bearer(token))));
    expect(answers.map(({ data }) => data?.me.id)).toEqual(['a', 'b', 'c', 'd']);
    expect(issuer.fetches()).toBe(1);
    await issuer.rotate('two');
    const token = await issuer.token('usr_ann');
    // Unknown keys are looked for at most every two seconds, so that nobody makes us ask all the time.
    await expect.poll(async () => (await ask(ME, {}, bearer(token))).status, { timeout: 5_000 }).toBe(200);
    expect(issuer.fetches()).toBe(2);
  });

  it('cannot be asked for all the time by making up key ids', async () => {
    const { ask, issuer } = await startGuardedShop();
    for (let attempt = 0; attempt < 20; attempt++)
      expect(codes(await ask(ME, {}, bearer(await issuer.token('a', [], { kid: `k${attempt}` }))))).toEqual([
        'UNAUTHENTICATED',
      ]);
    expect(issuer.fetches()).toBeLessThanOrEqual(2);
  });

  it('that cannot be had are UNAVAILABLE, and nobody’s fault; those that are known go on', async () => {
    const { ask, issuer } = await startGuardedShop();
    issuer.setDown(true);
    const token = await issuer.token('usr_ann');
    const answer = await ask(ME, {}, bearer(token));
    expect([answer.status, codes(answer)]).toEqual([503, ['UNAVAILABLE']]);
    expect((await ask('{ product(id: "1") { name } }')).status).toBe(200);
    issuer.setDown(false);
    await expect.poll(async () => (await ask(ME, {}, bearer(token))).status, { timeout: 5_000 }).toBe(200);
    issuer.setDown(true);
    expect((await ask(ME, {}, bearer(await issuer.token('usr_eve')))).status).toBe(200);
  });
});

type Issuer = Awaited<ReturnType<typeof startIssuer>>;
