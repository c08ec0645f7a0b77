import { expect, it } from 'vitest';
import { compose, startSubgraph, startTestGateway } from './fixture.ts';

const STALE = 'max-age=1, stale-while-revalidate=600, public';

/** Things that may be shown for a while after their time, and whatever else is asked. What the subgraphs are asked is written down. */
async function start(env: Record<string, string>) {
  const asked: string[] = [];
  let version = 1;
  let letGo = () => {};
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const things = await startSubgraph(
    'things',
    `type Query { thing: Thing held: Int other: Int live: Thing }
     type Thing @key(fields: "id") { id: ID! name: String }`,
    {
      Query: {
        thing: (_, __, scope) => {
          asked.push('thing');
          scope.cacheControl = STALE;
          return { id: '1', name: `version ${version}` };
        },
        live: () => ({ id: '1' }),
        held: async () => {
          asked.push('held');
          await gate;
          return 1;
        },
        other: () => asked.push('other'),
      },
    },
  );
  const makers = await startSubgraph('makers', 'type Thing @key(fields: "id") { id: ID! maker: String }', {
    Thing: {
      __resolveReference: (reference) => reference,
      maker: (_, __, scope) => {
        asked.push('maker');
        scope.cacheControl = STALE;
        return `version ${version}`;
      },
    },
  });
  const gateway = await startTestGateway(compose(things, makers), { MAX_WAIT_MS: '60000', ...env });
  const refreshed = () => gateway.metric('cache_refreshes_total', { outcome: 'done' });
  const waiting = () => gateway.metric('admission_requests', { lane: 'browse', state: 'waiting' });
  const change = () => void version++;
  return { ...gateway, asked, change, letGo, refreshed, waiting };
}

it('a kept answer is made anew only when all who wait have had their turn, and once for all who see it', async () => {
  const { ask, asked, change, letGo, metric, refreshed, waiting } = await start({ MAX_RUNNING: '1' });
  const name = async () => (await ask<{ thing: { name: string } }>('{ thing { name } }')).data?.thing.name;
  expect(await name()).toBe('version 1');
  change();
  const held = ask('{ held }');
  await expect.poll(() => asked).toEqual(['thing', 'held']);
  // The only turn is taken, and what is kept is served without one.
  const stale = () => metric('cache_requests_total', { outcome: 'stale' });
  await expect.poll(async () => [await name(), (await stale()) > 0], { timeout: 5_000 }).toEqual(['version 1', true]);
  expect(new Set(await Promise.all(Array.from({ length: 50 }, name)))).toEqual(new Set(['version 1']));
  expect(await waiting()).toBe(1);
  const other = ask('{ other }');
  await expect.poll(waiting).toBe(2);
  letGo();
  await Promise.all([held, other]);
  await expect.poll(refreshed).toBe(1);
  expect(asked).toEqual(['thing', 'held', 'other', 'thing']);
  expect(await name()).toBe('version 2');
});

it('an entity is made anew in a turn of its own, behind all who wait', async () => {
  const { ask, asked, change, letGo, metric, refreshed, waiting } = await start({ MAX_RUNNING: '2' });
  const maker = async () => (await ask<{ live: { maker: string } }>('{ live { maker } }')).data?.live.maker;
  expect(await maker()).toBe('version 1');
  change();
  const held = ask('{ held }');
  await expect.poll(() => asked).toEqual(['maker', 'held']);
  const stale = () => metric('cache_entities_total', { outcome: 'stale' });
  await expect.poll(async () => [await maker(), (await stale()) > 0], { timeout: 5_000 }).toEqual(['version 1', true]);
  // One of two turns is taken: what nobody waits for has half of the room, and that is all of it.
  expect([await waiting(), asked]).toEqual([1, ['maker', 'held']]);
  letGo();
  await held;
  await expect.poll(refreshed).toBe(1);
  expect(asked).toEqual(['maker', 'held', 'maker']);
  expect(await maker()).toBe('version 2');
});
