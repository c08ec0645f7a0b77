import { collectDefaultMetrics, Registry } from 'prom-client';

export type { Registry };

/** Seconds; from a cache hit to the longest wait that a client is given. */
export const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** The metrics of one process, with Node's own (event loop lag, heap, handles) and the service's name on each. */
export function createRegistry(service: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  return registry;
}
