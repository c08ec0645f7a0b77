import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { startPlanner } from '../src/plan/planner.ts';
import { FEATURES } from './features.ts';
import { createLocalGraph, startOurs } from './local-graph.ts';

const local = createLocalGraph(FEATURES);
const ours = await startOurs(local);
afterAll(() => ours.end());

const question = { query: '{ products { name inStock } }', operationName: undefined, active: [] };
const start = async (options = {}) => {
  const planner = await startPlanner(local.supergraphSdl, options);
  onTestFinished(() => planner.retire());
  return planner;
};

describe('the planner', () => {
  it('gives up what takes too long with a code, and goes on in a new thread', async () => {
    const planner = await start({ timeoutMs: 1 });
    await expect(planner.plan(question)).rejects.toMatchObject({ code: 'TIMEOUT' });
    await expect(planner.plan(question)).rejects.toMatchObject({ code: 'TIMEOUT' });
    const patient = await start();
    expect(await patient.plan(question)).toHaveProperty('node');
  });

  it('refuses at once when too many wait', async () => {
    const planner = await start({ maxWaiting: 1 });
    const outcomes = await Promise.allSettled(Array.from({ length: 4 }, () => planner.plan(question)));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected']);
    expect(outcomes[3]).toMatchObject({ reason: { code: 'UNAVAILABLE' } });
  });

  it('tells of an operation that it cannot plan with a code, and plans the next', async () => {
    const planner = await start();
    await expect(planner.plan({ ...question, query: '{ noSuchField }' })).rejects.toMatchObject({
      code: 'INTERNAL_SERVER_ERROR',
    });
    expect(await planner.plan(question)).toHaveProperty('node');
  });

  it('plans for a retired supergraph as long as somebody asks', async () => {
    const planner = await start();
    planner.retire();
    expect(await planner.plan(question)).toHaveProperty('node');
    expect(await planner.plan(question)).toHaveProperty('node');
  });

  it('does not start for what is no supergraph', async () => {
    await expect(startPlanner('type Query { a: Int }')).rejects.toThrow();
  });
});

describe('a cold operation', () => {
  it('is planned once for all who ask for it meanwhile', async () => {
    const ask = () => ours.prepare('{ products { id } }', { roll: 50 });
    const [one, other] = [ask(), ask()];
    expect(await one).toBe(await other);
  });

  it('costs the thread that serves nothing near its planning: the event loop goes on', async () => {
    const fields = ['name', 'price', 'sku', 'inStock', 'shipping', 'origin', 'reviews { author { name email } }'];
    const delay = monitorEventLoopDelay({ resolution: 1 });
    const operations = Array.from(
      { length: 50 },
      (_, index) =>
        `{ p${index}: products { ${fields.filter((_, bit) => index & (1 << bit)).join(' ')} id } media { id title } }`,
    );
    await ours.prepare('{ products { id name } }');
    delay.enable();
    let planned = 0;
    for (const operation of operations) {
      await ours.prepare(operation);
      planned++;
    }
    delay.disable();
    expect(planned).toBe(50);
    // The median, because a busy machine stops every thread now and then.
    expect(delay.percentile(50) / 1e6).toBeLessThan(20);
  });
});
