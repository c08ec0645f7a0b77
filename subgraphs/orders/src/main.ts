import { onShutdown, runMain } from '@entrepot/http/shutdown';
import { createLogger } from '@entrepot/telemetry/logger';
import { createRegistry } from '@entrepot/telemetry/metrics';
import { loadConfig } from './config.ts';
import { startOrders } from './start-orders.ts';

await runMain('orders', async () => {
  const config = loadConfig();
  const logger = createLogger({ service: 'orders', level: config.LOG_LEVEL });
  const registry = createRegistry('orders');
  const { stop } = await startOrders({ config, logger, registry });
  onShutdown(logger, stop);
});
