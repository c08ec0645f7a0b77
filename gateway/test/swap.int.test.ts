import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { codes, compose, startSubgraph, startTestGateway } from './fixture.ts';

const sdl = (field: string) => `type Query { ${field}: String! }`;

async function startMovable() {
  const thing = (place: string) => ({ Thing: { place: () => place, __resolveReference: (it: { id: string }) => it } });
  // The field is served by both all the time: which of them is asked is the supergraph's to say.
  const both = (name: string) =>
    `type Query { ${name}Thing: Thing } type Thing @key(fields: "id") { id: ID! place: String @shareable }`;
  const root = (name: string) => ({ Query: { [`${name}Thing`]: () => ({ id: '1' }) } });
  const one = await startSubgraph('one', both('one'), { ...root('one'), ...thing('one') });
  const two = await startSubgraph('two', both('two'), { ...root('two'), ...thing('two') });
  const without = (
    name: string,
  ) => `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
    type Query { ${name}Thing: Thing } type Thing @key(fields: "id") { id: ID! }`;
  const inOne = compose(one, { ...two, sdl: without('two') });
  const inTwo = compose({ ...one, sdl: without('one') }, two);
  return { ...(await startTestGateway(inOne)), inOne, inTwo };
}

it('takes a changed supergraph over without a restart', async () => {
  const old = await startSubgraph('old', sdl('greeting'), { Query: { greeting: () => 'hello' } });
  const next = await startSubgraph('next', sdl('welcome'), { Query: { welcome: () => 'come in' } });
  const { ask, replaceSupergraph, metric } = await startTestGateway(compose(old));
  expect((await ask('{ greeting }')).data).toEqual({ greeting: 'hello' });
  await replaceSupergraph(compose(next));
  await expect.poll(async () => (await ask('{ welcome }')).data, { timeout: 5_000 }).toEqual({ welcome: 'come in' });
  expect(codes(await ask('{ greeting }'))).toEqual(['GRAPHQL_VALIDATION_FAILED']);
  expect(await metric('supergraph_reloads_total', { outcome: 'ok' })).toBe(1);
});

it.each([
  ['empty', ''],
  ['no GraphQL', 'type {{{'],
  ['no supergraph', 'type Query { greeting: String! }'],
])('goes on with the last supergraph when the file is %s, tells so, and recovers', async (_, broken) => {
  const old = await startSubgraph('old', sdl('greeting'), { Query: { greeting: () => 'hello' } });
  const next = await startSubgraph('next', sdl('welcome'), { Query: { welcome: () => 'come in' } });
  const { url, ask, replaceSupergraph, metric, logged } = await startTestGateway(compose(old));
  await replaceSupergraph(broken);
  await expect.poll(() => metric('supergraph_stale'), { timeout: 5_000 }).toBe(1);
  expect((await ask('{ greeting }')).data).toEqual({ greeting: 'hello' });
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  expect(logged.join()).toContain('cannot be served');
  await replaceSupergraph(compose(next));
  await expect.poll(async () => (await ask('{ welcome }')).data, { timeout: 5_000 }).toEqual({ welcome: 'come in' });
  expect(await metric('supergraph_stale')).toBe(0);
});

it('refuses in one sentence to start without a supergraph that can be served', async () => {
  await expect(startTestGateway('type Query { a: String }')).rejects.toThrow(
    /cannot serve the supergraph .*supergraph\.graphql/,
  );
  const nowhere = { ...(await startSubgraph('old', sdl('greeting'), { Query: { greeting: () => 'hello' } })), url: '' };
  await expect(startTestGateway(compose(nowhere))).rejects.toThrow('SUBGRAPH_URLS');
});

it('swaps 20 times under load, moving a field between subgraphs: no failure, never a plan of another supergraph, nothing kept', {
  timeout: 90_000,
}, async () => {
  const { ask, inOne, inTwo, replaceSupergraph, metric } = await startMovable();
  const failures: unknown[] = [];
  let asked = 0;
  let isOver = false;
  /** The places that the current supergraph or the one before it names. */
  let allowed = new Set(['one']);
  const clients = Array.from({ length: 8 }, async (_, client) => {
    while (!isOver) {
      const before = allowed;
      const root = client % 2 === 0 ? 'oneThing' : 'twoThing';
      const answer = await ask<Record<string, { place: string }>>(`{ ${root} { place } }`).catch((error: unknown) => ({
        errors: [error],
        data: null,
        status: 0,
      }));
      asked++;
      const place = answer.data?.[root]?.place ?? '';
      if (answer.errors || !(before.has(place) || allowed.has(place))) failures.push({ answer, allowed: [...allowed] });
    }
  });
  const place = async () => (await ask<{ oneThing: { place: string } }>('{ oneThing { place } }')).data?.oneThing.place;
  let heap = Number.POSITIVE_INFINITY;
  for (let swap = 1; swap <= 20; swap++) {
    const target = swap % 2 === 1 ? 'two' : 'one';
    allowed = new Set(['one', 'two']);
    await replaceSupergraph(target === 'two' ? inTwo : inOne);
    await expect.poll(() => metric('supergraph_reloads_total', { outcome: 'ok' }), { timeout: 10_000 }).toBe(swap);
    // From here on, a plan of the supergraph before would ask the wrong subgraph.
    expect(await place()).toBe(target);
    allowed = new Set([target]);
    // By then, what is made once has been made.
    if (swap === 4) heap = heapInUse();
  }
  isOver = true;
  await Promise.all(clients);
  expect(heapInUse()).toBeLessThan(heap * 1.15);
  // Each supergraph has a thread for its planner, which ends with it.
  await expect.poll(threads, { timeout: 5_000 }).toBeLessThanOrEqual(1);
  expect(failures).toEqual([]);
  expect(asked).toBeGreaterThan(200);
  expect(await metric('graphql_requests_total', { outcome: 'error' })).toBe(0);
});

it('lets an operation that runs finish on the supergraph on which it began', async () => {
  const old = await startSubgraph('old', sdl('greeting'), { Query: { greeting: () => 'hello' } });
  const next = await startSubgraph('next', sdl('welcome'), { Query: { welcome: () => 'come in' } });
  const { ask, replaceSupergraph, metric } = await startTestGateway(compose(old));
  let answer: (() => void) | undefined;
  old.fault = (response) => {
    answer = () => response.end('{"data":{"greeting":"late"}}');
  };
  const running = ask('{ greeting }');
  await replaceSupergraph(compose(next));
  await expect.poll(() => metric('supergraph_reloads_total', { outcome: 'ok' }), { timeout: 5_000 }).toBe(1);
  answer?.();
  expect((await running).data).toEqual({ greeting: 'late' });
});

/** Bytes, without what is only waiting to be collected. */
function heapInUse(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect !== 'function') throw new Error('there is no way to collect garbage');
  for (let times = 0; times < 3; times++) collect();
  return process.memoryUsage().heapUsed;
}

function threads(): number {
  // It would look up the names of all peers.
  Object.assign(process.report, { excludeNetwork: true });
  return Object(process.report.getReport()).workers.length;
}
