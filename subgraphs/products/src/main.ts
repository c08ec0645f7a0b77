import { onShutdown, runMain } from '@entrepot/http/shutdown';
import { createLogger } from '@entrepot/telemetry/logger';
import { createRegistry } from '@entrepot/telemetry/metrics';
import { loadConfig } from './config.ts';
import { startProducts } from './start-products.ts';

await runMain('products', async () => {
  const config = loadConfig();
  const logger = createLogger({ service: 'products', level: config.LOG_LEVEL });
  const registry = createRegistry('products');
  const { stop } = await startProducts({ config, logger, registry });
  onShutdown(logger, stop);
});
