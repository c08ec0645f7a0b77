import { boundedLabel } from '@entrepot/telemetry/bounded-label';
import { createHistogramTally } from '@entrepot/telemetry/histogram-tally';
import { DURATION_BUCKETS, type Registry } from '@entrepot/telemetry/metrics';
import { createTally, onceEach } from '@entrepot/telemetry/tally';
import { Counter, Gauge } from 'prom-client';
import type { Priority } from './limits/admission.ts';
import type { RequestOutcome } from './operations/outcome.ts';
import { createSubgraphMetrics } from './subgraph-metrics.ts';

/**
 * `stale`: past its time, and made anew meanwhile or out of reach; `shared`: another request was making the same answer;
 * `uncacheable`: nobody looked, by what is known of the operation.
 */
export type CacheOutcome = 'hit' | 'stale' | 'miss' | 'shared' | 'bypass' | 'uncacheable';
/** What the cache had of what subgraphs were to be asked for: entities, and answers to whole root fetches. */
export type EntityOutcome = 'hit' | 'stale' | 'miss' | 'shared';

export type Metrics = ReturnType<typeof createMetrics>;

/** What the gateway counts. Operations that are not in `operations` are counted as `other`. */
export function createMetrics(registry: Registry, operations: Iterable<string>) {
  const operationLabel = boundedLabel(operations);
  const registers = [registry];
  const requests = createTally({
    name: 'graphql_requests_total',
    help: 'GraphQL requests by operation and outcome (ok, refused: for what the client can mend, error)',
    labelNames: ['operation', 'outcome'],
    registry,
  });
  const durations = createHistogramTally({
    name: 'graphql_request_duration_seconds',
    help: 'Time from the request to its answer, by operation',
    labelNames: ['operation'],
    buckets: DURATION_BUCKETS,
    registry,
  });
  const cacheRequests = createTally({
    name: 'cache_requests_total',
    help: 'Queries by what the response cache did for them (hit, stale, miss, shared, bypass, uncacheable)',
    labelNames: ['outcome'],
    registry,
  });
  const cacheEntities = createTally({
    name: 'cache_entities_total',
    help: 'Entities and root fetches by what the cache had of them (hit, stale, miss, shared)',
    labelNames: ['outcome'],
    registry,
  });
  const cacheRefreshes = new Counter({
    name: 'cache_refreshes_total',
    help: 'What was made anew while nobody waited, by outcome (done, failed)',
    labelNames: ['outcome'],
    registers,
  });
  const purgedTags = new Counter({
    name: 'cache_purged_tags_total',
    help: 'Cache tags purged by events and by operators',
    registers,
  });
  const refused = createTally({
    name: 'admission_refused_total',
    help: 'Operations that were refused because too much was asked at once, by priority (checkout, browse, background)',
    labelNames: ['priority'],
    registry,
  });
  const rates = createTally({
    name: 'rate_limit_requests_total',
    help: 'Operations that were counted against a budget, by outcome (allowed, refused)',
    labelNames: ['outcome'],
    registry,
  });
  const rateBypasses = new Counter({
    name: 'rate_limit_bypass_total',
    help: 'Operations that were counted by this gateway alone, because Redis did not answer',
    registers,
  });
  const reloads = new Counter({
    name: 'supergraph_reloads_total',
    help: 'Supergraphs that were loaded after the start, by outcome (ok, error)',
    labelNames: ['outcome'],
    registers,
  });
  const stale = new Gauge({
    name: 'supergraph_stale',
    help: '1 while the supergraph file holds something that cannot be served',
    registers,
  });
  stale.set(0);

  // As many as there are known operations.
  const countOf = onceEach((operation: string) => ({
    ok: requests({ operation, outcome: 'ok' }),
    refused: requests({ operation, outcome: 'refused' }),
    error: requests({ operation, outcome: 'error' }),
    observe: durations({ operation }),
  }));
  const cacheOutcome = onceEach((outcome: CacheOutcome) => cacheRequests({ outcome }));
  const entityOutcome = onceEach((outcome: EntityOutcome) => cacheEntities({ outcome }));
  const refusedOf = onceEach((priority: Priority) => refused({ priority }));
  const rateOutcome = onceEach((outcome: 'allowed' | 'refused') => rates({ outcome }));

  return {
    request(operation: string | undefined, outcome: RequestOutcome, seconds: number): void {
      const count = countOf(operationLabel(operation));
      count[outcome]();
      count.observe(seconds);
    },
    subgraph: createSubgraphMetrics(registry),
    cache: (outcome: CacheOutcome) => cacheOutcome(outcome)(),
    cachedEntities: (outcome: EntityOutcome, count: number) => entityOutcome(outcome)(count),
    cacheRefresh: (outcome: 'done' | 'failed') => cacheRefreshes.inc({ outcome }),
    refused: (priority: Priority) => refusedOf(priority)(),
    rate: (outcome: 'allowed' | 'refused') => rateOutcome(outcome)(),
    rateBypassed: () => rateBypasses.inc(),
    purged: (tags: number) => purgedTags.inc(tags),
    reload(outcome: 'ok' | 'error'): void {
      reloads.inc({ outcome });
      stale.set(outcome === 'ok' ? 0 : 1);
    },
    /** Shows on each scrape how many run, wait, and may run. */
    watchLanes(lanes: Readonly<Record<string, () => Readonly<Record<string, number>>>>): void {
      new Gauge({
        name: 'admission_requests',
        help: 'Operations that run or wait for their turn, and how many may run (limit), by lane (checkout, browse)',
        labelNames: ['lane', 'state'],
        registers,
        collect() {
          for (const [lane, stateOf] of Object.entries(lanes))
            for (const [state, value] of Object.entries(stateOf())) this.set({ lane, state }, value);
        },
      });
    },
    /** Shows on each scrape whether something holds; of several workers, whether it holds in all. */
    watch(name: string, help: string, holds: () => boolean): void {
      new Gauge({
        name,
        help,
        registers,
        aggregator: 'min',
        collect() {
          this.set(holds() ? 1 : 0);
        },
      });
    },
  };
}
