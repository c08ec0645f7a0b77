import type { ApolloServerPlugin, BaseContext } from '@apollo/server';
import { boundedLabel } from '@entrepot/telemetry/bounded-label';
import { DURATION_BUCKETS, type Registry } from '@entrepot/telemetry/metrics';
import { Counter, Histogram } from 'prom-client';

/** Counts and times requests by known operation; names that are not known count as `other`. */
export function requestMetrics<C extends BaseContext>(
  registry: Registry,
  operations: Iterable<string>,
): ApolloServerPlugin<C> {
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
  return {
    async requestDidStart({ request }) {
      const began = performance.now();
      return {
        async willSendResponse({ errors, operationName }) {
          // The gateway names what it sends `<operation>__<subgraph>__<n>`.
          const operation = label((operationName ?? request.operationName)?.split('__')[0]);
          requests.inc({ operation, outcome: errors?.length ? 'error' : 'ok' });
          durations.observe({ operation }, (performance.now() - began) / 1000);
        },
      };
    },
  };
}
