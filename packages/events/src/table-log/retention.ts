import { sleep } from '@entrepot/kernel/retry';
import type { Logger } from '@entrepot/telemetry/logger';
import type { Pool } from 'pg';

/** As long as a broker would keep them by default; consumers are behind by seconds. */
const KEEP_DAYS = 7;
const EVERY_MS = 60_000;
/** Small enough for a statement of a moment; a busy log is pruned again a minute later. */
const MAX_PRUNED = 20_000;
/** A group that has not read for so long is gone, such as that of a gateway that was replaced. */
const GROUP_DAYS = 14;

/** Forgets old messages and groups, a bounded number at a time; any member may do it. */
export function startRetention(pool: Pool, logger: Logger): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const done = (async () => {
    while (!stopping.signal.aborted) {
      await sleep(EVERY_MS * (0.5 + Math.random()), stopping.signal).catch(() => {});
      if (stopping.signal.aborted) return;
      await prune(pool).catch((error: unknown) => logger.warn({ err: error }, 'the event log could not be pruned'));
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await done;
    },
  };
}

async function prune(pool: Pool): Promise<void> {
  await pool.query(
    `DELETE FROM log_message WHERE ctid = ANY(ARRAY(
       SELECT ctid FROM log_message WHERE published_at < now() - make_interval(days => $1) LIMIT $2))`,
    [KEEP_DAYS, MAX_PRUNED],
  );
  await pool.query(
    `DELETE FROM log_group_offset WHERE updated_at < now() - make_interval(days => $1)
     AND group_name NOT IN (SELECT group_name FROM log_member WHERE expires_at > now())`,
    [GROUP_DAYS],
  );
}
