import { codesOf, FOLLOW } from '@entrepot/testing/live-clients';
import { describe, expect, it } from 'vitest';
import { startTestGateway } from './fixture.ts';
import { startLiveGraph, startLiveShop } from './live-shop.ts';

const TRANSPORTS = ['multipart', 'sse', 'websocket'] as const;
const GOOD = 'subscription ($id: ID!) { goodChanged(id: $id) { __typename id level maker } }';
const PARCEL = 'subscription ($id: ID) { parcelChanged(id: $id) { __typename id step } }';

const REFUSED: readonly [{ query: string; variables?: Record<string, unknown> }, string][] = [
  [{ query: 'subscription { goodChanged(id: "1") { size } }' }, 'GRAPHQL_VALIDATION_FAILED'],
  [
    { query: 'subscription { a: goodChanged(id: "1") { id } b: goodChanged(id: "1") { id } }' },
    'GRAPHQL_VALIDATION_FAILED',
  ],
  [{ query: GOOD, variables: { id: ['1', '2'] } }, 'BAD_USER_INPUT'],
  [{ query: PARCEL }, 'UNAUTHENTICATED'],
  [{ query: `subscription { goodChanged(id: "1") ${'{ id a'.repeat(30)}${'}'.repeat(30)} }` }, 'OPERATION_TOO_LARGE'],
];

describe.each(TRANSPORTS)('a subscription by %s', (transport) => {
  const follow = FOLLOW[transport];

  it('tells each change of what it follows, completed through the graph, and nothing else', async () => {
    const { url, running, setLevel, publish, metric } = await startLiveShop();
    const following = follow(url, { query: GOOD, variables: { id: '1' } });
    await expect.poll(running).toBe(1);
    await setLevel('2', 9);
    await publish([{ type: 'other.changed.v1', purges: ['Good:1'] }]);
    for (const level of [5, 4, 3]) {
      await setLevel('1', level);
      await expect.poll(() => following.data.length, { timeout: 10_000 }).toBe(6 - level);
    }
    expect(following.data).toEqual(
      [5, 4, 3].map((level) => ({ goodChanged: { __typename: 'Good', id: '1', level, maker: 'Maker of 1' } })),
    );
    expect(following.errors).toEqual([]);
    following.stop();
    await expect.poll(running).toBe(0);
    expect(await metric('subscription_answers_total', { transport })).toBe(3);
    expect(await metric('subscriptions_ended_total', { reason: 'client' })).toBe(1);
  });

  it('tells owners of all that is theirs, and strangers nothing, not even that there is something', async () => {
    const { url, as, running, setStep, setLevel } = await startLiveShop();
    const authorization = await as('ann');
    const all = follow(url, { query: PARCEL, authorization });
    const one = follow(url, { query: PARCEL, variables: { id: 'p1' }, authorization });
    const strange = await as('eve');
    const strangers = [
      follow(url, { query: PARCEL, variables: { id: 'p1' }, authorization: strange }),
      follow(url, { query: PARCEL, authorization: strange }),
      follow(url, { query: PARCEL, variables: { id: 'p1' } }),
    ];
    const witness = follow(url, { query: GOOD, variables: { id: '1' }, authorization: strange });
    await expect.poll(running).toBe(6);
    await setStep('p1', 'ann', 1);
    await setStep('p2', 'ann', 7);
    await expect.poll(() => all.data.length, { timeout: 10_000 }).toBe(2);
    await setLevel('1', 1);
    await expect.poll(() => witness.data.length, { timeout: 10_000 }).toBe(1);
    const p1 = { parcelChanged: { __typename: 'Parcel', id: 'p1', step: 1 } };
    expect(all.data).toEqual(
      expect.arrayContaining([p1, { parcelChanged: { __typename: 'Parcel', id: 'p2', step: 7 } }]),
    );
    expect(one.data).toEqual([p1]);
    expect(strangers.map(({ data, errors, isOver }) => [data, errors, isOver])).toEqual(
      strangers.map(() => [[], [], false]),
    );
  });

  it('is refused before it begins when it cannot be served', async () => {
    const { url, metric } = await startLiveShop();
    for (const [asked, code] of REFUSED) {
      const following = follow(url, asked);
      await expect.poll(() => following.errors.length).toBeGreaterThan(0);
      expect(codesOf(following), asked.query).toContain(code);
      expect(following.data).toEqual([]);
    }
    expect(await metric('subscriptions_running')).toBe(0);
    expect(await metric('subscriptions_refused_total')).toBeGreaterThan(0);
  });
});

describe('a subscription', () => {
  it('is not told what had been asked for before its event, by whoever asked the same', async () => {
    const { url, ask, as, running, setStep, parcels, held } = await startLiveShop();
    const authorization = await as('ann');
    const following = FOLLOW.sse(url, { query: PARCEL, variables: { id: 'p' }, authorization });
    await expect.poll(running).toBe(1);
    const query = 'query ($id_: ID!) { parcelChanged: parcel(id: $id_) { __typename id step } }';
    const askSame = () => ask(query, { id_: 'p' }, { authorization });
    // From then on it is known that nothing of this is kept, and nobody looks.
    await setStep('p', 'ann', 0);
    await expect.poll(() => following.data, { timeout: 10_000 }).toHaveLength(1);
    await askSame();
    parcels.set('p', { id: 'p', owner: 'ann', step: 1 });
    held.isHolding = true;
    const request = askSame();
    await expect.poll(() => held.answers.length).toBe(1);
    await setStep('p', 'ann', 2);
    await expect.poll(() => held.answers.length, { timeout: 10_000 }).toBe(2);
    held.isHolding = false;
    for (const answer of held.answers) answer();
    expect((await request).data).toMatchObject({ parcelChanged: { step: 1 } });
    await expect.poll(() => following.data[1]).toMatchObject({ parcelChanged: { step: 2 } });
  });

  it('that asks for it is told at once how things are, and then leaves no change out', async () => {
    const { url, as, running, setStep, levels, parcels, held } = await startLiveShop();
    const authorization = await as('ann');
    const now = (id: string) => `subscription { parcelChanged(id: "${id}", initial: true) { __typename id step } }`;
    const parcel = (step: number) => ({ parcelChanged: { __typename: 'Parcel', id: 'p', step } });
    parcels.set('p', { id: 'p', owner: 'ann', step: 1 });
    levels.set('1', 5);
    for (const transport of TRANSPORTS) {
      const good = FOLLOW[transport](url, { query: 'subscription { goodChanged(id: "1", initial: true) { level } }' });
      await expect.poll(() => good.data, { timeout: 10_000 }).toMatchObject([{ goodChanged: { level: 5 } }]);
      good.stop();
    }
    await expect.poll(running, { timeout: 10_000 }).toBe(0);

    // It changes while it is read for the first time: what is told first may be older, what is told last is not.
    held.isHolding = true;
    const one = FOLLOW.sse(url, { query: now('p'), authorization });
    await expect.poll(() => held.answers.length, { timeout: 10_000 }).toBe(1);
    held.isHolding = false;
    await setStep('p', 'ann', 2);
    for (const answer of held.answers) answer();
    await expect.poll(() => one.data, { timeout: 10_000 }).toEqual([parcel(1), parcel(2)]);

    // Without an id there is nothing to tell yet but that it has begun; of what is not there, that.
    const told: string[] = [];
    for (const [query, who] of [
      ['subscription { parcelChanged(initial: true) { id } }', authorization],
      [now('p'), await as('eve')],
      [now('none'), authorization],
    ] as const) {
      const answer = await fetch(url, {
        method: 'POST',
        headers: { accept: 'text/event-stream', 'content-type': 'application/json', authorization: who },
        body: JSON.stringify({ query }),
      });
      for await (const chunk of answer.body ?? []) {
        const [, data] = /data: (.*)/.exec(Buffer.from(chunk).toString()) ?? [];
        if (data === undefined) continue;
        told.push(data);
        break;
      }
    }
    expect(told).toEqual(Array.from({ length: 3 }, () => '{"data":{"parcelChanged":null}}'));
    await expect.poll(running, { timeout: 10_000 }).toBe(1);
  });

  it('goes on over a new supergraph; one whose subscriptions cannot be served is none', async () => {
    const { url, running, setLevel, supergraph, replaceSupergraph, metric } = await startLiveShop();
    const following = FOLLOW.sse(url, { query: GOOD, variables: { id: '1' } });
    await expect.poll(running).toBe(1);
    await replaceSupergraph(supergraph.replace('@live(query: "good"', '@live(query: "makers"'));
    await expect.poll(() => metric('supergraph_stale'), { timeout: 10_000 }).toBe(1);
    await setLevel('1', 1);
    await expect.poll(() => following.data, { timeout: 10_000 }).toHaveLength(1);
    await replaceSupergraph(`${supergraph}\n# another`);
    await expect.poll(() => metric('supergraph_stale'), { timeout: 10_000 }).toBe(0);
    await setLevel('1', 2);
    await expect.poll(() => following.data, { timeout: 10_000 }).toHaveLength(2);
    await replaceSupergraph(supergraph.replaceAll('level: Int!', 'size: Int!'));
    await expect.poll(() => metric('supergraph_reloads_total', { outcome: 'ok' }), { timeout: 10_000 }).toBe(2);
    await setLevel('1', 3);
    await expect.poll(() => codesOf(following), { timeout: 10_000 }).toEqual(['GRAPHQL_VALIDATION_FAILED']);
    expect(await metric('subscriptions_ended_total', { reason: 'invalid' })).toBe(1);
  });

  it('costs what it asks for when it begins, and whoever has nothing left cannot begin', async () => {
    const { url } = await startLiveShop({ RATE_LIMIT: '2' });
    const asked = { query: GOOD, variables: { id: '1' } };
    const following = Array.from({ length: 4 }, () => FOLLOW.websocket(url, asked));
    await expect.poll(() => following.flatMap(codesOf)).toContain('RATE_LIMITED');
    expect(new Set(following.flatMap(codesOf))).toEqual(new Set(['RATE_LIMITED']));
  });

  it('needs something that tells of changes', async () => {
    const { supergraph } = await startLiveGraph();
    const { url } = await startTestGateway(supergraph);
    const following = FOLLOW.websocket(url, { query: GOOD, variables: { id: '1' } });
    await expect.poll(() => codesOf(following)).toEqual(['UNAVAILABLE']);
  });
});
