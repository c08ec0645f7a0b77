import { onShutdown, runMain } from '@entrepot/http/shutdown';
import { createLogger } from '@entrepot/telemetry/logger';
import { createRegistry } from '@entrepot/telemetry/metrics';
import { loadConfig, silenceTelemetry } from './config.ts';

await runMain('gateway', async () => {
  const config = loadConfig();
  silenceTelemetry();
  const { startGateway } = await import('./start-gateway.ts');
  const logger = createLogger({ service: 'gateway', level: config.LOG_LEVEL });
  const registry = createRegistry('gateway');
  const { stop } = await startGateway({ config, logger, registry });
  onShutdown(logger, stop);
});
