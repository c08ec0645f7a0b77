import { poolExecutor, withTransaction } from '@entrepot/database/transaction';
import { newUuid, typeId } from '@entrepot/kernel/ids';
import { expect, it } from 'vitest';
import { claim, pruneInbox } from '../src/inbox.ts';
import { range } from './fixture.ts';
import { openShop } from './shop.ts';

const newEvents = (count: number, shard = 7) => range(count).map(() => ({ id: typeId('evt', newUuid()), shard }));
const ids = (events: readonly { id: string }[]) => new Set(events.map(({ id }) => id));

it('claims an event once for each consumer, whichever shard it belongs to', async () => {
  const { database } = await openShop();
  const tx = poolExecutor(database.pool);
  const events = [...newEvents(3, 0), ...newEvents(3, 4_095)];
  expect(await claim(tx, 'stock', events.slice(0, 4))).toEqual(ids(events.slice(0, 4)));
  expect(await claim(tx, 'stock', [...events, ...events])).toEqual(ids(events.slice(4)));
  expect(await claim(tx, 'stock', events)).toEqual(new Set());
  expect(await claim(tx, 'mail', events)).toEqual(ids(events));
  expect(await claim(tx, 'mail', [])).toEqual(new Set());
});

it('gives up its claims with the transaction they were made in', async () => {
  const { database } = await openShop();
  const events = newEvents(1);
  const failing = withTransaction(database.pool, async (tx) => {
    await claim(tx, 'stock', events);
    throw new Error('no');
  });
  await expect(failing).rejects.toThrow('no');
  expect(await claim(poolExecutor(database.pool), 'stock', events)).toEqual(ids(events));
});

it('lets one of two that claim the same events at once have each of them', async () => {
  const { database } = await openShop();
  const events = newEvents(50);
  const turns = range(4).map(() => withTransaction(database.pool, (tx) => claim(tx, 'stock', events)));
  const claimed = (await Promise.all(turns)).flatMap((each) => [...each]);
  expect(claimed.toSorted()).toEqual([...ids(events)].toSorted());
});

it('forgets what is older than a week, a bounded number at a time, and nothing else', async () => {
  const { database } = await openShop();
  const sql = poolExecutor(database.pool);
  const age = (interval: string) =>
    sql.query(
      `UPDATE inbox SET received_at = received_at - $1::interval WHERE received_at > now() - interval '1 hour'`,
      [interval],
    );
  expect(await pruneInbox(sql)).toBe(0);
  for (const moment of range(3)) {
    await claim(sql, 'stock', newEvents(2_500));
    await age(`8 days ${moment} minutes`);
  }
  const young = newEvents(2);
  await claim(sql, 'stock', young);
  await age('6 days');
  expect(await pruneInbox(sql)).toBe(5_000);
  expect(await pruneInbox(sql)).toBe(2_500);
  expect(await pruneInbox(sql)).toBe(0);
  expect(await claim(sql, 'stock', young)).toEqual(new Set());
});
