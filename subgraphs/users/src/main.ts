import { onShutdown, runMain } from '@entrepot/http/shutdown';
import { createLogger } from '@entrepot/telemetry/logger';
import { createRegistry } from '@entrepot/telemetry/metrics';
import { loadConfig } from './config.ts';
import { startUsers } from './start-users.ts';

await runMain('users', async () => {
  const config = loadConfig();
  const logger = createLogger({ service: 'users', level: config.LOG_LEVEL });
  const registry = createRegistry('users');
  const { stop } = await startUsers({ config, logger, registry });
  onShutdown(logger, stop);
});
