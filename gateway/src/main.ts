import './v8-flags.ts';
import cluster from 'node:cluster';
import { onShutdown, runMain } from '@entrepot/http/shutdown';
import { createLogger } from '@entrepot/telemetry/logger';
import { createRegistry } from '@entrepot/telemetry/metrics';
import { loadConfig } from './config.ts';
import { createSiblings } from './sibling-purges.ts';
import { startGateway } from './start-gateway.ts';
import { createClusterMetrics, startWorkers } from './workers.ts';

await runMain('the gateway', async () => {
  const config = loadConfig();
  const logger = createLogger({ service: 'gateway', level: config.LOG_LEVEL });
  if (config.WORKERS > 1 && cluster.isPrimary) {
    const stopMs = config.DRAIN_MS + config.READY_DRAIN_MS + 10_000;
    const workers = startWorkers({ count: config.WORKERS, stopMs, logger });
    onShutdown(logger, [['workers', () => workers.stop(), stopMs + 1_000]]);
    return;
  }
  const registry = createRegistry('gateway');
  const metricsText = cluster.isWorker ? createClusterMetrics(registry) : undefined;
  const siblings = cluster.isWorker ? createSiblings() : undefined;
  const { stop } = await startGateway({ config, logger, registry, metricsText, siblings });
  onShutdown(logger, stop);
});
