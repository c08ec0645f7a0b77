import type { Registry } from '@entrepot/telemetry/metrics';
import type { Pool } from 'pg';
import { Counter, Gauge } from 'prom-client';

/** The outbox is counted up to here: a longer one is as bad. */
const MAX_COUNTED = 100_000;

/** Measures the outbox, and returns the counter of what was published from it. */
export function relayMetrics(pool: Pool, registry: Registry): Counter {
  const registers = [registry];
  const age = new Gauge({
    name: 'outbox_oldest_age_seconds',
    help: 'Age of the oldest event not yet published',
    registers,
  });
  new Gauge({
    name: 'outbox_rows',
    help: `Events not yet published, counted up to ${MAX_COUNTED}`,
    registers,
    async collect() {
      // A database that is away must not take the other metrics with it; the last state known would mislead.
      this.reset();
      age.reset();
      const state = await look(pool).catch(() => undefined);
      if (!state) return;
      this.set(state.rows);
      age.set(state.ageSeconds);
    },
  });
  return new Counter({ name: 'events_published_total', help: 'Events moved from the outbox into the log', registers });
}

async function look(pool: Pool): Promise<{ rows: number; ageSeconds: number }> {
  const { rows } = await pool.query<{ waiting: string; age: string | null }>(
    `SELECT count(*) AS waiting, extract(epoch FROM now() - min(created_at)) AS age
     FROM (SELECT created_at FROM outbox ORDER BY seq LIMIT $1) AS waiting`,
    [MAX_COUNTED],
  );
  return { rows: Number(rows[0]?.waiting ?? 0), ageSeconds: Number(rows[0]?.age ?? 0) };
}
