import { expect, it } from 'vitest';
import { bearer, compose, startIssuer, startSubgraph, startTestGateway } from './fixture.ts';

/** Half of the viewers are given `place` by the subgraph that it moves to. */
async function startMoving() {
  const type = (directive: string) => `type Thing @key(fields: "id") { id: ID! place: String ${directive} }`;
  const thing = (place: string) => ({ Thing: { place: () => place, __resolveReference: (it: { id: string }) => it } });
  const before = await startSubgraph('before', `type Query { thing: Thing } ${type('')}`, {
    Query: { thing: () => ({ id: '1' }) },
    ...thing('before'),
  });
  const after = await startSubgraph(
    'after',
    type('@federation__override(from: "before", label: "percent(50)")'),
    thing('after'),
  );
  const issuer = await startIssuer();
  const env = { JWKS_URL: issuer.url, ACCESS_TOKEN_ISSUER: 'entrepot', TRUSTED_PROXIES: '1' };
  const { ask } = await startTestGateway(compose(before, after), env);
  const placeFor = async (headers: Record<string, string>) =>
    (await ask<{ thing: { place: string } }>('{ thing { place } }', {}, headers)).data?.thing.place;
  return { placeFor, issuer };
}

it('moves a field step by step from viewer to viewer, each of whom stays where they are', async () => {
  const { placeFor, issuer } = await startMoving();
  const places = new Set<string | undefined>();
  for (let viewer = 0; viewer < 12; viewer++) {
    const headers = bearer(await issuer.token(`viewer-${viewer}`));
    const first = await placeFor(headers);
    for (let again = 0; again < 4; again++) expect(await placeFor(headers)).toBe(first);
    places.add(first);
  }
  expect([...places].toSorted()).toEqual(['after', 'before']);
});

it('tells clients who are nobody in particular apart by their address', async () => {
  const { placeFor } = await startMoving();
  const places = new Set<string | undefined>();
  for (let client = 0; client < 12; client++) {
    const headers = { 'x-forwarded-for': `192.0.2.${client}` };
    const first = await placeFor(headers);
    for (let again = 0; again < 4; again++) expect(await placeFor(headers)).toBe(first);
    places.add(first);
  }
  expect([...places].toSorted()).toEqual(['after', 'before']);
});
