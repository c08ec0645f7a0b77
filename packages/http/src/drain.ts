import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { sleep } from '@entrepot/kernel/retry';
import type { Logger } from '@entrepot/telemetry/logger';
import type { Running } from './running.ts';

export type DrainOptions = {
  server: Server;
  running: Running;
  upgraded: ReadonlySet<Duplex>;
  /** Whether answers of which the server does not know are on their way. */
  isOwing: () => boolean;
  logger: Logger;
  drainMs: number;
  readyDrainMs?: number;
};

const SWEEP_MS = 50;

/** Lets go of clients in an order in which none of them loses a request; what still runs after `drainMs` is cut off. */
export async function drain(options: DrainOptions): Promise<void> {
  const { server, running, upgraded, isOwing, logger, drainMs, readyDrainMs = 0 } = options;
  // Clients are told to leave from the first moment on; whoever comes meanwhile is still served.
  running.closeConnections();
  if (readyDrainMs > 0) await sleep(readyDrainMs);

  const end = performance.now() + drainMs;
  // The server would take their connections for idle ones.
  while (isOwing() && performance.now() < end) await sleep(SWEEP_MS);
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // An answer that had begun before the drain promised to keep its connection, which becomes idle when it ends.
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS);
  const limit = setTimeout(
    () => {
      logger.warn({ drainMs }, 'requests still running after the drain; closing their connections');
      server.closeAllConnections();
      for (const socket of upgraded) socket.destroy();
    },
    Math.max(1, end - performance.now()),
  );
  await closed;
  clearTimeout(limit);
  clearInterval(sweep);
}
