import { createLogger } from '@entrepot/telemetry/logger';
import { createRegistry } from '@entrepot/telemetry/metrics';
import { listen } from '../src/server.ts';
import { onShutdown, runMain } from '../src/shutdown.ts';

/** A process as every part is one: it serves, and stops when told to. `--stuck` has a step that never ends. */
await runMain('test', async () => {
  if (process.argv.includes('--broken')) throw new Error('the configuration is wrong');
  const logger = createLogger({ service: 'test' });
  const server = await listen({
    host: '127.0.0.1',
    port: 0,
    logger,
    registry: createRegistry('test'),
    ready: () => [],
    handle: async (_, response) => {
      process.stdout.write('{"message":"running"}\n');
      await new Promise((wake) => setTimeout(wake, 500));
      response.end('done');
    },
    drainMs: 5_000,
  });
  const stuck = () => new Promise(() => {});
  onShutdown(logger, [
    ['server', server.close],
    ['throws', () => Promise.reject(new Error('broken step'))],
    ...(process.argv.includes('--stuck') ? [['stuck', stuck] as const] : []),
    ['short of patience', stuck, 10],
  ]);
  // A signal that comes before is the system's to handle.
  process.stdout.write('{"message":"told how to stop"}\n');
});
