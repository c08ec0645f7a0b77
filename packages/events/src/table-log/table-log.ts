import { connectClient } from '@entrepot/database/database';
import { listenTo } from '@entrepot/database/listener';
import type { Logger } from '@entrepot/telemetry/logger';
import pg from 'pg';
import { coalesce } from '../coalesce.ts';
import { DEAD_LETTERS, TOPICS } from '../contract.ts';
import type { EventLog } from '../log.ts';
import { untilItWorks } from '../until-it-works.ts';
import { createWake, type Wake } from '../wake.ts';
import { publish } from './publish.ts';
import { startRetention } from './retention.ts';
import { createPartitions, createTables } from './schema.ts';
import { subscribe, type TableSubscription } from './subscription.ts';

/** What is told on it: the topics that have something new, and as `@group` the groups whose members have changed. */
const CHANNEL = 'entrepot_log';

export type TableLogOptions = { databaseUrl: string; clientId: string; logger: Logger };

type Reader = { group: string; topics: readonly string[]; wake: Wake; subscription: TableSubscription };

/** The event log in tables of a PostgreSQL database: the same promises as Kafka's, for one database's worth of load. */
export function openTableLog({ databaseUrl, clientId, logger }: TableLogOptions): EventLog {
  const open = (max: number, settings = {}) => openPool({ databaseUrl, clientId, logger }, { max, ...settings });
  const pool = open(4);
  // What readers write down is how far they are: a server that crashes and forgets the last of it brings events again.
  const readersPool = open(4, { options: '-c synchronous_commit=off' });

  const tables = untilItWorks(() => createTables(pool));
  const known = new Set<string>();
  const prepare = async (topics: readonly string[]) => {
    if (topics.every((topic) => known.has(topic))) return;
    await tables();
    const wanted = [...new Set([...TOPICS, DEAD_LETTERS, ...topics])].filter((topic) => !known.has(topic));
    await createPartitions(pool, wanted);
    for (const topic of wanted) known.add(topic);
  };

  const readers = new Set<Reader>();
  const hear = (payload: string | undefined) => {
    const names = payload?.split(',');
    for (const { group, topics, wake, subscription } of readers) {
      if (!names || names.includes(`@${group}`)) subscription.beatNow();
      if (!names || topics.some((topic) => names.includes(topic))) wake.wake();
    }
  };
  const listener = listenTo(CHANNEL, () => connectClient(databaseUrl, `${clientId}-log`), hear, logger);
  // After the commit, outside of it, and not waited for: a NOTIFY within would take a lock that all who notify share,
  // and one that is lost costs a reader no more than its poll.
  const notifications = coalesce<string>(async (names) => {
    await pool
      .query({ name: 'log-notify', text: 'SELECT pg_notify($1, $2)', values: [CHANNEL, [...new Set(names)].join(',')] })
      .catch((error: unknown) => logger.warn({ err: error }, 'readers could not be told of new events'));
  });
  const retention = startRetention(readersPool, logger);

  return {
    async publish(messages) {
      if (messages.length === 0) return;
      const topics = [...new Set(messages.map(({ topic }) => topic))];
      await prepare(topics);
      await publish(pool, messages);
      notifications.call(topics.join(','));
    },
    async subscribe(options) {
      const { group, topics } = options;
      await prepare(topics);
      const wake = createWake();
      const tellGroup = () => notifications.call(`@${group}`);
      const subscription = await subscribe({ pool: readersPool, wake, tellGroup, logger }, options);
      const reader: Reader = { group, topics, wake, subscription };
      readers.add(reader);
      return {
        async stop() {
          readers.delete(reader);
          await subscription.stop();
        },
      };
    },
    async lag(group, topics) {
      const { rows } = await pool.query<{ topic: string; lag: string }>(
        `SELECT p.topic, sum(p.next_offset - greatest(coalesce(o.next_offset, 0), p.first_offset)) AS lag
         FROM log_partition p
         LEFT JOIN log_group_offset o ON o.group_name = $1 AND o.topic = p.topic AND o.partition = p.partition
         WHERE p.topic = ANY($2) GROUP BY p.topic`,
        [group, topics],
      );
      return rows.map(({ topic, lag }) => ({ topic, lag: Number(lag) }));
    },
    async places(group, topics) {
      const { rows } = await pool.query<{ topic: string; partition: number; next: string }>(
        `SELECT topic, partition, greatest(o.next_offset, p.first_offset) AS next
         FROM log_group_offset o JOIN log_partition p USING (topic, partition)
         WHERE o.group_name = $1 AND topic = ANY($2)`,
        [group, topics],
      );
      return rows.map(({ topic, partition, next }) => ({ topic, partition, next: BigInt(next) }));
    },
    async ping() {
      await tables();
      await pool.query('SELECT 1');
    },
    async close() {
      await Promise.all([...readers].map(({ subscription }) => subscription.stop()));
      readers.clear();
      await retention.stop();
      await notifications.settled();
      await listener.stop();
      await Promise.all([pool.end(), readersPool.end()]);
    },
  };
}

function openPool({ databaseUrl, clientId, logger }: TableLogOptions, settings: pg.PoolConfig): pg.Pool {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    application_name: `${clientId}-log`,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 10_000,
    idle_in_transaction_session_timeout: 10_000,
    keepAlive: true,
    ...settings,
  });
  pool.on('error', ({ message }) => logger.warn({ reason: message }, 'an idle connection to the event log was lost'));
  return pool;
}
