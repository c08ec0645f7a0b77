import { boundedLabel } from '@entrepot/telemetry/bounded-label';
import { DURATION_BUCKETS, type Registry } from '@entrepot/telemetry/metrics';
import { Counter, Histogram } from 'prom-client';

export type RequestMetrics = (operation: string | undefined, outcome: 'ok' | 'error', seconds: number) => void;

/** Counts and times requests by known operation; names that are not known count as `other`. */
export function createRequestMetrics(registry: Registry, operations: Iterable<string>): RequestMetrics {
  const label = boundedLabel(operations);
  const requests = new Counter({
    name: 'graphql_requests_total',
    help: 'GraphQL requests by operation and outcome (ok, error)',
    labelNames: ['operation', 'outcome'],
    registers: [registry],
  });
  const durations = new Histogram({
    name: 'graphql_request_duration_seconds',
    help: 'Time from the request to its answer, by operation',
    labelNames: ['operation'],
    buckets: DURATION_BUCKETS,
    registers: [registry],
  });
  return (name, outcome, seconds) => {
    const operation = label(name);
    requests.inc({ operation, outcome });
    durations.observe({ operation }, seconds);
  };
}
