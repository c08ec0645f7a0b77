import type { Database } from '@entrepot/database/database';
import type pg from 'pg';

/**
 * Runs `act` while this process holds a session lock of the database; returns at once when another one does. The lock
 * lives and dies with the connection, which is `act`'s to use: what it does over it, it does as the leader.
 */
export async function withLeadership(
  database: Database,
  lock: number,
  act: (client: pg.Client, isLost: () => boolean) => Promise<void>,
): Promise<void> {
  const client = await database.dedicated();
  let lost = false;
  const lose = () => {
    lost = true;
  };
  client.on('error', lose);
  client.on('end', lose);
  try {
    const { rows } = await client.query<{ leads: boolean }>('SELECT pg_try_advisory_lock($1) AS leads', [lock]);
    if (rows[0]?.leads) await act(client, () => lost);
  } finally {
    await client.end().catch(() => {});
  }
}
