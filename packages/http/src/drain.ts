import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from '@entrepot/telemetry/logger';
import type { Running } from './running.ts';

export type DrainOptions = {
  server: Server;
  running: Running;
  upgraded: ReadonlySet<Duplex>;
  logger: Logger;
  drainMs: number;
  readyDrainMs?: number;
};

/** Lets go of clients in an order in which none of them loses a request; what still runs after `drainMs` is cut off. */
export async function drain({ server, running, upgraded, logger, drainMs, readyDrainMs = 0 }: DrainOptions) {
  // Clients are told to leave from the first moment on; whoever comes meanwhile is still served.
  running.closeConnections();
  if (readyDrainMs > 0) await new Promise((wake) => setTimeout(wake, readyDrainMs));

  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // An answer that had begun before the drain promised to keep its connection, which becomes idle when it ends.
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  const limit = setTimeout(() => {
    logger.warn({ drainMs }, 'requests still running after the drain; closing their connections');
    server.closeAllConnections();
    for (const socket of upgraded) socket.destroy();
  }, drainMs);
  await closed;
  clearTimeout(limit);
  clearInterval(sweep);
}
