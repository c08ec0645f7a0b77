import { sleep } from '@entrepot/kernel/retry';
import type { Registry } from '@entrepot/telemetry/metrics';
import { Counter, Gauge } from 'prom-client';
import type { EventLog } from './log.ts';

export type Outcome = 'handled' | 'retried' | 'dead' | 'skipped';
type ConsumerMetrics = {
  count(consumer: string, outcome: Outcome, by?: number): void;
  watch(group: string, topics: readonly string[]): void;
};

const LAG_LIMIT_MS = 1_000;

/** A process has one set of metrics for all its consumers. */
const known = new WeakMap<Registry, ConsumerMetrics>();

export function consumerMetrics(registry: Registry, log: EventLog): ConsumerMetrics {
  const made = known.get(registry) ?? create(registry, log);
  known.set(registry, made);
  return made;
}

function create(registry: Registry, log: EventLog): ConsumerMetrics {
  const registers = [registry];
  const groups = new Map<string, readonly string[]>();
  const events = new Counter({
    name: 'events_consumed_total',
    help: 'Events by consumer and outcome: handled, retried, dead (became a dead letter), skipped (of no interest)',
    labelNames: ['consumer', 'outcome'],
    registers,
  });
  const dead = new Counter({
    name: 'dead_letters_total',
    help: 'Events that became dead letters',
    labelNames: ['consumer'],
    registers,
  });
  new Gauge({
    name: 'consumer_lag',
    help: 'Messages that a group has not handled yet, by topic',
    labelNames: ['group', 'topic'],
    registers,
    async collect() {
      // A log that is away must not take the other metrics with it; the last lag known would mislead.
      this.reset();
      const lags = [...groups].map(async ([group, topics]) => {
        for (const { topic, lag } of await log.lag(group, topics)) this.set({ group, topic }, lag);
      });
      await Promise.race([Promise.allSettled(lags), sleep(LAG_LIMIT_MS)]);
    },
  });
  return {
    count(consumer, outcome, by = 1) {
      events.inc({ consumer, outcome }, by);
      if (outcome === 'dead') dead.inc({ consumer }, by);
    },
    watch(group, topics) {
      groups.set(group, topics);
      dead.inc({ consumer: group }, 0);
    },
  };
}
