import { createRegistry } from '@entrepot/telemetry/metrics';
import { AggregatorRegistry } from 'prom-client';
import { expect, it } from 'vitest';
import { createMetrics } from './metrics.ts';

it('what is watched holds for a gateway only where it holds in all of its workers', async () => {
  const shown = async (...workers: boolean[]) => {
    const parts = workers.map((holds) => {
      const registry = createRegistry('gateway');
      createMetrics(registry, []).watch('cache_ready', 'help', () => holds);
      return registry.getMetricsAsJSON();
    });
    const whole = AggregatorRegistry.aggregate(await Promise.all(parts));
    return whole.getSingleMetricAsString('cache_ready');
  };
  expect(await shown(true, true, true)).toMatch(/ 1$/);
  expect(await shown(true, false, true)).toMatch(/ 0$/);
});
