import { writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

/**
 * Imported into a gateway before its own program: on SIGUSR2 it writes how long the event loop was blocked at most since
 * the last time, in ms, into EVENT_LOOP_FILE.
 */
const file = process.env.EVENT_LOOP_FILE;
if (isMainThread && file !== undefined) {
  const delays = monitorEventLoopDelay({ resolution: 2 });
  delays.enable();
  process.on('SIGUSR2', () => {
    writeFileSync(file, String(delays.max / 1e6));
    delays.reset();
  });
}
