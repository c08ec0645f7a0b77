import { codesOf, FOLLOW } from '@entrepot/testing/live-clients';
import { describe, expect, it } from 'vitest';
import { startCutLine } from './cut-line.ts';
import { startTestGateway } from './fixture.ts';
import { startLiveGraph } from './live-shop.ts';

const ALL = 'subscription { parcelChanged { id step } }';
const ONE = 'subscription { parcelChanged(id: "p1") { id step } }';
const WAIT = { timeout: 30_000 };
const parcel = (id: string, step: number) => ({ parcelChanged: { id, step } });

/** Ann follows her parcels, and one of them, over an event log that can be cut off. */
async function startFollowing() {
  const graph = await startLiveGraph();
  const line = await startCutLine(graph.env.EVENTS_DATABASE_URL);
  const { url, metric } = await startTestGateway(graph.supergraph, { ...graph.env, EVENTS_DATABASE_URL: line.url });
  const isLive = () => metric('cache_events_live');
  await expect.poll(isLive, WAIT).toBe(1);
  const authorization = await graph.as('ann');
  const all = FOLLOW.sse(url, { query: ALL, authorization });
  const one = FOLLOW.sse(url, { query: ONE, authorization });
  await expect.poll(() => metric('subscriptions_running')).toBe(2);
  await graph.setStep('p1', 'ann', 1);
  await expect.poll(() => [...all.data, ...one.data], WAIT).toEqual([parcel('p1', 1), parcel('p1', 1)]);
  const cut = async () => {
    line.cut();
    await expect.poll(isLive, WAIT).toBe(0);
  };
  const mend = async () => {
    line.mend();
    await expect.poll(isLive, WAIT).toBe(1);
  };
  return { ...graph, all, one, cut, mend, metric };
}

describe('a log that was out of reach', { timeout: 60_000 }, () => {
  it('has kept what happened meanwhile, and whoever follows all that is theirs is told it, and goes on', async () => {
    const { all, one, cut, mend, setStep, metric } = await startFollowing();
    await cut();
    await setStep('p1', 'ann', 2);
    await setStep('p2', 'ann', 7);
    await mend();
    // What had just been handled may come twice.
    await expect.poll(() => all.data, WAIT).toEqual(expect.arrayContaining([parcel('p1', 2), parcel('p2', 7)]));
    await setStep('p1', 'ann', 3);
    await expect.poll(() => all.data.at(-1), WAIT).toEqual(parcel('p1', 3));
    await expect.poll(() => one.data.at(-1), WAIT).toEqual(parcel('p1', 3));
    expect([all.errors, one.errors]).toEqual([[], []]);
    expect(await metric('subscriptions_ended_total', { reason: 'missed' })).toBe(0);
  });

  it('and has lost it: whoever follows one entity is told its state, and the others that they have to look', async () => {
    const { all, one, cut, mend, setStep, database } = await startFollowing();
    await cut();
    await setStep('p1', 'ann', 2);
    await setStep('p2', 'ann', 7);
    await database.execute('DELETE FROM log_message; UPDATE log_partition SET first_offset = next_offset');
    await mend();
    await expect.poll(() => codesOf(all), WAIT).toEqual(['EVENTS_MISSED']);
    await expect.poll(() => one.data.at(-1), WAIT).toEqual(parcel('p1', 2));
    expect(all.data).toEqual([parcel('p1', 1)]);
    expect(one.errors).toEqual([]);
  });
});
