import { createHistogramTally } from '@entrepot/telemetry/histogram-tally';
import { DURATION_BUCKETS, type Registry } from '@entrepot/telemetry/metrics';
import { createTally, onceEach } from '@entrepot/telemetry/tally';
import { Counter, Gauge } from 'prom-client';

/** `cancelled`: its client has gone. */
export type SubgraphOutcome = 'ok' | 'error' | 'timeout' | 'unavailable' | 'cancelled';

export type SubgraphState = {
  healthy: number;
  ejected: number;
  running: number;
  breaker: 'closed' | 'half-open' | 'open';
};

export type SubgraphMetrics = {
  done(outcome: SubgraphOutcome, seconds: number): void;
  deduplicated(): void;
  retried(): void;
  retryRefused(): void;
  ejected(): void;
  /** Shows a state on each scrape, until what it returns is called. */
  watch(state: () => SubgraphState): () => void;
};

const BREAKER = { closed: 0, 'half-open': 0.5, open: 1 } as const;

/** What is counted of each subgraph. */
export function createSubgraphMetrics(registry: Registry): (subgraph: string) => SubgraphMetrics {
  const registers = [registry];
  const labelNames = ['subgraph'] as const;
  const watched = new Map<string, Set<() => SubgraphState>>();
  const requests = createTally({
    name: 'subgraph_requests_total',
    help: 'Calls of subgraphs by outcome (ok, error in the answer, timeout, unavailable, cancelled)',
    labelNames: ['subgraph', 'outcome'],
    registry,
  });
  const durations = createHistogramTally({
    name: 'subgraph_request_duration_seconds',
    help: 'Time from the call of a subgraph to its answer',
    labelNames,
    buckets: DURATION_BUCKETS,
    registry,
  });
  const deduplicated = new Counter({
    name: 'subgraph_deduplicated_total',
    help: 'Calls of subgraphs that shared the answer of an equal one that was running',
    labelNames,
    registers,
  });
  const retries = new Counter({
    name: 'subgraph_retries_total',
    help: 'Requests that were sent again (sent), or were not because too many had been (refused)',
    labelNames: ['subgraph', 'outcome'],
    registers,
  });
  const ejections = new Counter({
    name: 'subgraph_ejections_total',
    help: 'Times that a replica of a subgraph was left out for a while',
    labelNames,
    registers,
  });
  const states = (subgraph: string) => [...(watched.get(subgraph) ?? [])].map((state) => state());
  const gauge = (name: string, help: string, read: (state: SubgraphState) => number) =>
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset();
        for (const subgraph of watched.keys())
          this.set(
            { subgraph },
            states(subgraph).reduce((sum, state) => sum + read(state), 0),
          );
      },
    });
  gauge('subgraph_replicas_healthy', 'Replicas that get requests', ({ healthy }) => healthy);
  gauge('subgraph_replicas_ejected', 'Replicas that are left out for a while', ({ ejected }) => ejected);
  gauge('subgraph_in_flight', 'Requests to a subgraph that run or wait', ({ running }) => running);
  gauge(
    'subgraph_breaker_open',
    '1 while nobody is let through, 0.5 while one is to see',
    ({ breaker }) => BREAKER[breaker],
  );

  // Once for each: a supergraph that is loaded again has the same ones.
  const countsOf = onceEach((subgraph: string) => ({
    outcome: onceEach((outcome: SubgraphOutcome) => requests({ subgraph, outcome })),
    duration: durations({ subgraph }),
  }));

  return (subgraph) => {
    const { outcome: countOf, duration } = countsOf(subgraph);
    return {
      done(outcome, seconds) {
        countOf(outcome)();
        duration(seconds);
      },
      deduplicated: () => deduplicated.inc({ subgraph }),
      retried: () => retries.inc({ subgraph, outcome: 'sent' }),
      retryRefused: () => retries.inc({ subgraph, outcome: 'refused' }),
      ejected: () => ejections.inc({ subgraph }),
      watch(state) {
        const all = watched.get(subgraph) ?? new Set();
        watched.set(subgraph, all.add(state));
        return () => {
          all.delete(state);
          if (all.size === 0) watched.delete(subgraph);
        };
      },
    };
  };
}
