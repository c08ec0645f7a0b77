import { describe, expect, it, onTestFinished } from 'vitest';
import { type Answering, aContext, codesOf, json, openSubgraph, startReplica } from './replica.ts';

const MUTATION = { kind: 'mutation', query: 'mutation { a }' } as const;
const QUICK = { ejectMs: 200, slowStartMs: 1, probeEveryMs: 50, breakerPauseMs: 100, breakerMaxPauseMs: 100 };
const hang: Answering = () => {};
const PATIENT = { timeout: 20_000 };
type Subgraph = ReturnType<typeof openSubgraph>;

/** Clients that ask one query after the other, until told to stop. */
function load({ ask }: Subgraph, clients = 16) {
  const seen = { answered: 0, failed: 0 };
  let isOver = false;
  const done = Promise.all(
    Array.from({ length: clients }, async () => {
      while (!isOver) {
        const { errors } = await ask();
        if (errors.length > 0) seen.failed++;
        else seen.answered++;
      }
    }),
  );
  const stop = async () => {
    isOver = true;
    await done;
  };
  // Also of a test that has failed.
  onTestFinished(stop);
  const until = (answered: number) => expect.poll(() => seen.answered, PATIENT).toBeGreaterThan(answered);
  return { seen, until, stop };
}

const unwell = json('', 503);
/** Too much is asked of it, it says; and longer than anybody waits. */
const resting = json('{"errors":[{"message":"no"}]}', 429, { 'retry-after': '60' });
const inTime: Answering = (asked) => void setTimeout(() => json()(asked), 2);

describe('two replicas', () => {
  it('share the load', async () => {
    const [one, other] = [await startReplica(), await startReplica()];
    const { ask } = openSubgraph(`${one.url}|${other.url}`);
    for (let round = 0; round < 50; round++) await Promise.all(Array.from({ length: 8 }, () => ask()));
    expect(one.asked.length + other.asked.length).toBe(400);
    expect(Math.abs(one.asked.length - other.asked.length)).toBeLessThan(120);
  });

  it('of which one is slow: the other gets most of it', async () => {
    const slow = await startReplica((asked) => void setTimeout(() => json()(asked), 100));
    const quick = await startReplica(inTime);
    const subgraph = openSubgraph(`${slow.url}|${quick.url}`);
    const { until, stop } = load(subgraph);
    await until(300);
    await stop();
    expect(slow.asked.length).toBeLessThan(quick.asked.length / 3);
  });

  it('of which one is killed under load: no query fails, it is left out at once, and comes back', async () => {
    const [one, other] = [await startReplica(inTime), await startReplica(inTime)];
    const subgraph = openSubgraph(`${one.url}|${other.url}`, { tuning: QUICK });
    const { seen, until, stop } = load(subgraph);
    await until(1_000);
    await one.kill();
    await expect.poll(() => subgraph.metric('subgraph_replicas_ejected'), { ...PATIENT, interval: 5 }).toBe(1);
    // Those that it had, and those that found nobody there before the first of them was known.
    expect(await subgraph.metric('subgraph_retries_total', { outcome: 'sent' })).toBeLessThanOrEqual(32);
    await until(seen.answered + 500);
    await one.restart();
    const before = one.asked.length;
    await expect.poll(() => subgraph.metric('subgraph_replicas_healthy'), PATIENT).toBe(2);
    await expect.poll(() => one.asked.length, PATIENT).toBeGreaterThan(before + 50);
    await stop();
    expect(seen.failed).toBe(0);
    expect(await subgraph.metric('subgraph_ejections_total')).toBe(1);
  });

  it('of which one hangs: it is found out long before its requests run out of time, and these are sent to the other', async () => {
    const [one, other] = [await startReplica(inTime), await startReplica(inTime)];
    const tuning = { silenceMs: 300, probeTimeoutMs: 2_000, ejectMs: 60_000 };
    const subgraph = openSubgraph(`${one.url}|${other.url}`, { tuning, timeoutMs: 30_000 });
    const { seen, until, stop } = load(subgraph);
    await until(1_000);
    one.answering = hang;
    await expect.poll(() => subgraph.metric('subgraph_replicas_ejected'), { timeout: 10_000 }).toBe(1);
    await stop();
    expect(seen.failed).toBe(0);
  });

  it('of which one answers 503: a query is sent to the other, a mutation is not, unless it has an idempotency key', async () => {
    const ill = await startReplica(json('<html>', 503, { 'content-type': 'text/html' }));
    const well = await startReplica();
    const tuning = { failuresToEject: Number.POSITIVE_INFINITY, breakerCalls: Number.POSITIVE_INFINITY };
    const { ask } = openSubgraph(`${ill.url}|${well.url}`, { tuning });
    while (ill.asked.length < 2) expect((await ask()).data).toEqual({ a: 1 });
    const keyed = () => ask({ ...MUTATION, context: aContext({ idempotencyKey: 'key' }) });
    while (ill.asked.length < 4) expect((await keyed()).data).toEqual({ a: 1 });
    expect(well.asked.at(-1)?.headers['idempotency-key']).toBe('key');
    const before = well.asked.length;
    const codes: unknown[] = [];
    for (let time = 1; ill.asked.length < 8; time++) {
      codes.push(...codesOf(await ask(MUTATION)));
      expect(ill.asked.length - 4 + well.asked.length - before).toBe(time);
    }
    expect(codes).toEqual(Array(4).fill('UNAVAILABLE'));
  });

  it.each([
    ['a fifth of its requests is failed by', 0.2],
    ['a third of its requests is failed by', 0.35],
  ])('of which one is ill, so that %s it: queries are answered, within the budget of a tenth', async (_, part) => {
    let turn = 0;
    const ill = await startReplica((asked) => (++turn % Math.round(1 / part) === 0 ? unwell : json())(asked));
    const well = await startReplica();
    const subgraph = openSubgraph(`${ill.url}|${well.url}`);
    const { seen, until, stop } = load(subgraph);
    await until(4_000);
    await stop();
    expect(seen.failed / (seen.answered + seen.failed)).toBeLessThan(0.001);
    expect(ill.asked.length).toBeLessThan(0.8 * well.asked.length);
    expect(await subgraph.metric('subgraph_retries_total', { outcome: 'sent' })).toBeLessThan(0.1 * seen.answered);
  });

  it('of which one is back: it gets little at first', async () => {
    const [one, other] = [await startReplica(inTime), await startReplica(inTime)];
    const tuning = { ...QUICK, slowStartMs: 600_000 };
    const subgraph = openSubgraph(`${one.url}|${other.url}`, { tuning });
    await one.kill();
    const { until, stop, seen } = load(subgraph, 4);
    await expect.poll(() => subgraph.metric('subgraph_replicas_ejected'), { ...PATIENT, interval: 5 }).toBe(1);
    await one.restart();
    await expect.poll(() => one.asked.length, { ...PATIENT, interval: 5 }).toBeGreaterThan(1);
    const [before, all] = [one.asked.length, seen.answered];
    await until(all + 300);
    await stop();
    const share = (one.asked.length - before) / (seen.answered - all);
    expect(share).toBeGreaterThan(0);
    expect(share).toBeLessThan(0.25);
  });

  it('of which one asks to be left alone: the other gets everything, until it rests no more', async () => {
    let now = resting;
    const one = await startReplica((asked) => now(asked));
    const other = await startReplica();
    const { ask } = openSubgraph(`${one.url}|${other.url}`, { tuning: { maxRestMs: 1_500 } });
    while (one.asked.length === 0) expect((await ask()).errors).toEqual([]);
    const restedAt = performance.now();
    now = json();
    while (one.asked.length === 1) expect((await ask()).errors).toEqual([]);
    expect(performance.now() - restedAt).toBeGreaterThan(1_400);
  });

  it('of which one is something else: it is left out', async () => {
    const stranger = await startReplica(json('<html>', 200, { 'content-type': 'text/html' }));
    const well = await startReplica();
    const subgraph = openSubgraph(`${stranger.url}|${well.url}`, { tuning: { failuresToEject: 2 } });
    while ((await subgraph.metric('subgraph_ejections_total')) === 0)
      expect((await subgraph.ask()).data).toEqual({ a: 1 });
    expect(stranger.asked).toHaveLength(2);
  });

  it('of which one is gone: a mutation that cannot have arrived is sent to the other', async () => {
    const [gone, well] = [await startReplica(), await startReplica()];
    await gone.kill();
    const { ask } = openSubgraph(`${gone.url}|${well.url}`);
    for (let time = 0; time < 10; time++) expect((await ask(MUTATION)).data).toEqual({ a: 1 });
    expect(well.asked).toHaveLength(10);
  });
});

describe('a subgraph that is gone', () => {
  it('is asked no more often than it would be without retries, answers at once, and is asked again when it is back', async () => {
    const replica = await startReplica(({ response }) => void response.destroy());
    const subgraph = openSubgraph(replica.url, { tuning: QUICK });
    const offered = 400;
    for (let round = 0; round < offered / 8; round++)
      for (const answer of await Promise.all(Array.from({ length: 8 }, () => subgraph.ask())))
        expect(codesOf(answer)).toEqual(['UNAVAILABLE']);
    expect(replica.asked.length).toBeLessThanOrEqual(offered * 1.1);
    expect(await subgraph.metric('subgraph_breaker_open')).toBeGreaterThan(0);
    replica.answering = json();
    await expect.poll(async () => (await subgraph.ask()).errors.length, { timeout: 5_000 }).toBe(0);
    expect(await subgraph.metric('subgraph_breaker_open')).toBe(0);
  });

  it('gets a tenth of the load more at most, even if nothing stops asking it', async () => {
    const replica = await startReplica(({ response }) => void response.destroy());
    const subgraph = openSubgraph(replica.url, { tuning: { breakerCalls: Number.POSITIVE_INFINITY } });
    const offered = 1_000;
    const began = performance.now();
    for (let round = 0; round < offered / 20; round++)
      await Promise.all(Array.from({ length: 20 }, () => subgraph.ask()));
    const floor = 10 + (3 * (performance.now() - began)) / 1_000;
    const retries = await subgraph.metric('subgraph_retries_total', { outcome: 'sent' });
    expect(replica.asked).toHaveLength(offered + retries);
    expect(retries).toBeGreaterThan(10);
    expect(retries).toBeLessThanOrEqual(offered * 0.1 + floor);
    expect(await subgraph.metric('subgraph_retries_total', { outcome: 'refused' })).toBeGreaterThan(0);
  });
});

describe('a replica that asks to be left alone', () => {
  it('is asked again by a query that has the time to wait for it', async () => {
    const replica = await startReplica((asked) => {
      replica.answering = json();
      json('', 503, { 'retry-after': '1' })(asked);
    });
    const { ask } = openSubgraph(replica.url, { timeoutMs: 30_000 });
    const began = performance.now();
    expect((await ask({ context: aContext({ timeoutMs: 30_000 }) })).data).toEqual({ a: 1 });
    expect(performance.now() - began).toBeGreaterThan(990);
    expect(replica.asked).toHaveLength(2);
  });

  it('is not waited for in vain, nor asked again by a mutation', async () => {
    const replica = await startReplica(json('', 503, { 'retry-after': 'Wed, 01 Jan 3000 00:00:00 GMT' }));
    const { ask } = openSubgraph(replica.url);
    expect(codesOf(await ask())).toEqual(['UNAVAILABLE']);
    expect(codesOf(await ask(MUTATION))).toEqual(['UNAVAILABLE']);
    expect(replica.asked).toHaveLength(2);
  });
});

it('a replica that is left out is asked for its health at the path that is given for it', async () => {
  const [one, other] = [await startReplica(), await startReplica()];
  one.answering = (asked) =>
    json('fine', asked.line === 'GET /readyz' ? 200 : 500, { 'content-type': 'text/plain' })(asked);
  const healthPaths = new Map([['things', '/readyz']]);
  const subgraph = openSubgraph(`${one.url}|${other.url}`, { tuning: { ...QUICK, failuresToEject: 2 }, healthPaths });
  while ((await subgraph.metric('subgraph_ejections_total')) === 0) await subgraph.ask();
  await expect.poll(() => subgraph.metric('subgraph_replicas_ejected'), { timeout: 10_000 }).toBe(0);
  expect(one.asked.map(({ line }) => line).at(-1)).toBe('GET /readyz');
  expect(one.asked.filter(({ line }) => line.startsWith('GET'))).toHaveLength(1);
});

it('blames no subgraph for time that others have used up', async () => {
  const replica = await startReplica((asked) => void setTimeout(() => json()(asked), 100));
  const { ask, metric } = openSubgraph(replica.url);
  const hasty = () => ask({ context: aContext({ timeoutMs: 20 }) });
  const answers = await Promise.all(Array.from({ length: 30 }, hasty));
  expect(new Set(answers.flatMap(codesOf))).toEqual(new Set(['TIMEOUT']));
  expect(codesOf(await ask({ query: '{ late }', context: aContext({ timeoutMs: 0 }) }))).toEqual(['TIMEOUT']);
  expect(await metric('subgraph_breaker_open')).toBe(0);
  expect((await ask()).data).toEqual({ a: 1 });
  expect(replica.asked.filter(({ body }) => body.includes('late'))).toEqual([]);
});

it('stops waiting for a subgraph that hangs once it is known to', async () => {
  const replica = await startReplica(hang);
  const { ask, metric } = openSubgraph(replica.url, { timeoutMs: 100, tuning: { breakerPauseMs: 60_000 } });
  const askMany = () => Promise.all(Array.from({ length: 20 }, () => ask()));
  await expect.poll(() => askMany().then(() => metric('subgraph_breaker_open')), { timeout: 10_000 }).toBe(1);
  expect(codesOf(await ask({ query: '{ late }' }))).toEqual(['UNAVAILABLE']);
  expect(replica.asked.filter(({ body }) => body.includes('late'))).toEqual([]);
});

it('asks all addresses of a name', async () => {
  const replica = await startReplica();
  const { ask } = openSubgraph(`dns+${replica.url.replace('127.0.0.1', 'localhost')}`);
  expect((await ask()).data).toEqual({ a: 1 });
  expect(replica.asked[0]?.headers.host).toMatch(/^localhost:\d+$/);
});

it('answers with a code when a name has no address', async () => {
  const { ask, logged } = openSubgraph('dns+http://nowhere.invalid:4001/graphql');
  expect(codesOf(await ask())).toEqual(['UNAVAILABLE']);
  expect(logged.join()).toContain('no address');
});
