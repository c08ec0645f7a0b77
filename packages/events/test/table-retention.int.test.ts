import { createTestDatabase } from '@entrepot/testing/test-database';
import pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { DEAD_LETTERS } from '../src/contract.ts';
import { PARTITIONS } from '../src/log.ts';
import { prune } from '../src/table-log/retention.ts';
import { messages, placesOf, range, read } from './fixture.ts';
import { openLog } from './shop.ts';

const RULES = { readDays: 1, keepDays: 7, keepDeadLettersDays: 30, maxMessages: 1_000 };
const WAIT = { timeout: 15_000, interval: 20 };

async function openOwnLog() {
  const { url, drop } = await createTestDatabase('empty');
  onTestFinished(drop);
  const log = await openLog(url);
  const pool = new pg.Pool({ connectionString: url, max: 2 });
  pool.on('error', () => {});
  onTestFinished(() => pool.end());
  /** Makes everything published so far older. */
  const age = (days: number) =>
    pool.query('UPDATE log_message SET published_at = published_at - make_interval(days => $1)', [days]);
  const readAll = async (topic: string, group = 'reader') => {
    const reader = await read(log, { group, topics: [topic] });
    await expect.poll(() => log.lag(group, [topic]), WAIT).toEqual([{ topic, lag: 0 }]);
    await reader.stop();
    return placesOf(reader.seen, 'a');
  };
  return { log, pool, age, readAll };
}

it('forgets after a day what every group has read, and keeps what one has not', async () => {
  const { log, pool, age, readAll } = await openOwnLog();
  await log.publish(messages('topic', 'a', 5));
  expect(await prune(pool, RULES)).toBe(0);
  await readAll('topic');
  await age(2);
  const late = await read(log, {
    group: 'late',
    topics: ['topic'],
    onBatch: () => Promise.reject(new Error('not yet')),
  });
  expect(await prune(pool, RULES)).toBe(0);
  await late.stop();
  await readAll('topic', 'late');
  await log.publish(messages('topic', 'a', 2, 5));
  expect(await prune(pool, RULES)).toBe(5);
  expect(await readAll('topic')).toEqual([5, 6]);
});

it('keeps nothing for more than a week, and has a group that was away for longer go on behind it', async () => {
  const { log, pool, age, readAll } = await openOwnLog();
  await log.publish(messages('topic', 'a', 3));
  await readAll('topic');
  await log.publish(messages('topic', 'a', 3, 3));
  await age(8);
  await log.publish(messages('topic', 'a', 3, 6));
  expect(await prune(pool, RULES)).toBe(6);
  expect(await log.lag('reader', ['topic'])).toEqual([{ topic: 'topic', lag: 3 }]);
  expect(await log.lag('new', ['topic'])).toEqual([{ topic: 'topic', lag: 3 }]);
  expect(await readAll('topic')).toEqual([6, 7, 8]);
  expect(await readAll('topic', 'new')).toEqual([6, 7, 8]);
});

it('keeps no more of a partition than it may', async () => {
  const { log, pool, readAll } = await openOwnLog();
  await log.publish(messages('topic', 'a', 20));
  expect(await prune(pool, { ...RULES, maxMessages: 5 })).toBe(15);
  expect(await readAll('topic')).toEqual(range(5, 15));
});

it('keeps dead letters for a month', async () => {
  const { log, pool, age } = await openOwnLog();
  await log.publish(messages(DEAD_LETTERS, 'a', 3));
  await age(29);
  expect(await prune(pool, RULES)).toBe(0);
  await age(2);
  expect(await prune(pool, RULES)).toBe(3);
});

it('forgets groups that are gone, and those that are temporary at once', async () => {
  const { log, pool } = await openOwnLog();
  const groups = async () =>
    (await pool.query<{ group_name: string }>('SELECT DISTINCT group_name FROM log_group_offset')).rows.map(
      ({ group_name }) => group_name,
    );
  const temporary = await read(log, { group: 'temporary', topics: ['topic'], isTemporary: true });
  await read(log, { group: 'staying', topics: ['topic'] });
  const gone = await read(log, { group: 'gone', topics: ['topic'] });
  await gone.stop();
  await temporary.stop();
  expect((await groups()).toSorted()).toEqual(['gone', 'staying']);
  await expect.poll(async () => (await pool.query('SELECT FROM log_lease')).rowCount, WAIT).toBe(PARTITIONS);
  await pool.query(`UPDATE log_group_offset SET updated_at = now() - interval '8 days'`);
  await prune(pool, RULES);
  expect(await groups()).toEqual(['staying']);
});
