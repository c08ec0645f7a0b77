import { connectClient } from '@entrepot/database/database';
import { listenTo } from '@entrepot/database/listener';
import type { Logger } from '@entrepot/telemetry/logger';
import pg from 'pg';
import { DEAD_LETTERS, TOPICS } from '../contract.ts';
import type { EventLog, Subscription } from '../log.ts';
import { createWake, type Wake } from '../wake.ts';
import { publish } from './publish.ts';
import { startRetention } from './retention.ts';
import { createPartitions, createTables } from './schema.ts';
import { subscribe } from './subscription.ts';

const CHANNEL = 'entrepot_log';

export type TableLogOptions = {
  databaseUrl: string;
  clientId: string;
  logger: Logger;
  /** Further topics than those of the contracts, for tests. */
  topics?: readonly string[];
};

/** The event log in tables of a PostgreSQL database: the same promises as Kafka's, for one database's worth of load. */
export async function openTableLog({ databaseUrl, clientId, logger, topics = [] }: TableLogOptions): Promise<EventLog> {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: 6,
    application_name: `${clientId}-log`,
    connectionTimeoutMillis: 5_000,
    statement_timeout: 10_000,
    keepAlive: true,
  });
  pool.on('error', (error) => logger.warn({ err: error }, 'an idle connection to the event log was lost'));
  await createTables(pool);
  await createPartitions(pool, [...TOPICS, DEAD_LETTERS, ...topics]);

  const wakes = new Set<{ topics: readonly string[]; wake: Wake }>();
  const onNotify = (payload: string | undefined) => {
    const named = payload?.split(',');
    for (const { topics, wake } of wakes) if (!named || topics.some((topic) => named.includes(topic))) wake.wake();
  };
  const listener = listenTo(CHANNEL, () => connectClient(databaseUrl, `${clientId}-log`), onNotify, logger);
  const retention = startRetention(pool, logger);
  const subscriptions = new Set<Subscription>();

  return {
    async publish(messages) {
      if (messages.length === 0) return;
      await publish(pool, messages);
      // After the commit and outside of it: a NOTIFY within would take a lock that all committing notifiers share.
      const changed = [...new Set(messages.map(({ topic }) => topic))].join(',');
      await pool.query('SELECT pg_notify($1, $2)', [CHANNEL, changed]);
    },
    async subscribe(options) {
      const wake = createWake();
      const entry = { topics: options.topics, wake };
      wakes.add(entry);
      const subscription = await subscribe({ pool, wake, logger }, options);
      const stop = async () => {
        await subscription.stop();
        wakes.delete(entry);
        subscriptions.delete(stopped);
      };
      const stopped = { stop };
      subscriptions.add(stopped);
      return stopped;
    },
    async lag(group, topics) {
      const { rows } = await pool.query<{ topic: string; lag: string }>(
        `SELECT p.topic, sum(p.next_offset - coalesce(o.next_offset, 0)) AS lag FROM log_partition p
         LEFT JOIN log_group_offset o ON o.group_name = $1 AND o.topic = p.topic AND o.partition = p.partition
         WHERE p.topic = ANY($2) GROUP BY p.topic`,
        [group, topics],
      );
      return rows.map(({ topic, lag }) => ({ topic, lag: Number(lag) }));
    },
    async ping() {
      await pool.query('SELECT 1');
    },
    async close() {
      for (const { stop } of [...subscriptions]) await stop();
      await retention.stop();
      await listener.stop();
      await pool.end();
    },
  };
}
