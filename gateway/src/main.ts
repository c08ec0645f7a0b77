import { onShutdown, runMain } from '@entrepot/http/shutdown';
import { createLogger } from '@entrepot/telemetry/logger';
import { createRegistry } from '@entrepot/telemetry/metrics';
import { loadConfig } from './config.ts';
import { startGateway } from './start-gateway.ts';

await runMain('the gateway', async () => {
  const config = loadConfig();
  const logger = createLogger({ service: 'gateway', level: config.LOG_LEVEL });
  const registry = createRegistry('gateway');
  const { stop } = await startGateway({ config, logger, registry });
  onShutdown(logger, stop);
});
