import { sleep } from '@entrepot/kernel/retry';
import type { Logger } from '@entrepot/telemetry/logger';
import type pg from 'pg';

const RECONNECT_MS = 500;

export type Listener = { stop(): Promise<void> };

/**
 * Hears NOTIFY on a channel until stopped, over a connection of its own that it opens again whenever it is lost. What was
 * notified in between is not heard: whoever listens must also look by itself now and then. `onNotify` is also called after each reconnection.
 */
export function listenTo(
  channel: string,
  connect: () => Promise<pg.Client>,
  onNotify: (payload: string | undefined) => void,
  logger: Logger,
): Listener {
  const stopping = new AbortController();
  let current: pg.Client | undefined;
  const done = (async () => {
    while (!stopping.signal.aborted) {
      try {
        const client = await connect();
        current = client;
        if (stopping.signal.aborted) {
          // Stopped while connecting: `stop` had no connection to end.
          await client.end();
          return;
        }
        const lost = new Promise<void>((resolve) => {
          client.on('error', () => resolve());
          client.on('end', () => resolve());
        });
        client.on('notification', ({ payload }) => onNotify(payload));
        await client.query(`LISTEN ${client.escapeIdentifier(channel)}`);
        onNotify(undefined);
        await lost;
        if (!stopping.signal.aborted) logger.warn({ channel }, 'the listening connection was lost');
      } catch (error) {
        if (!stopping.signal.aborted) logger.warn({ err: error, channel }, 'cannot listen');
      }
      current = undefined;
      await sleep(RECONNECT_MS, stopping.signal).catch(() => {});
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await current?.end().catch(() => {});
      await done;
    },
  };
}
