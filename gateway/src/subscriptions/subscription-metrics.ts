import { DURATION_BUCKETS, type Registry } from '@entrepot/telemetry/metrics';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { EndReason } from './ending.ts';

export type Transport = 'multipart' | 'sse' | 'websocket';
export type UpstreamOutcome = 'closed' | 'complete' | 'refused' | 'lost';
export type SubscriptionMetrics = ReturnType<typeof createSubscriptionMetrics>;

export function createSubscriptionMetrics(registry: Registry) {
  const registers = [registry];
  const running = new Gauge({
    name: 'subscriptions_running',
    help: 'Subscriptions that are running, by transport (multipart, sse, websocket)',
    labelNames: ['transport'],
    registers,
  });
  const sockets = new Gauge({ name: 'websockets_open', help: 'WebSocket connections that are open', registers });
  const delivered = new Counter({
    name: 'subscription_answers_total',
    help: 'Answers that were handed to subscribers, by transport',
    labelNames: ['transport'],
    registers,
  });
  const ended = new Counter({
    name: 'subscriptions_ended_total',
    help: 'Subscriptions that ended, by reason (client, complete, expired, slow, missed, invalid, moved, refused, unreachable, shutdown)',
    labelNames: ['reason'],
    registers,
  });
  const refused = new Counter({
    name: 'subscriptions_refused_total',
    help: 'Subscriptions that were not begun, by the code that told why',
    labelNames: ['code'],
    registers,
  });
  const failed = new Counter({
    name: 'subscription_changes_failed_total',
    help: 'Changes that a subscriber could not be told, because reading them failed again and again',
    registers,
  });
  const delays = new Histogram({
    name: 'subscription_delivery_seconds',
    help: 'Time from hearing of an event to handing its answer to one subscriber, by transport',
    labelNames: ['transport'],
    buckets: DURATION_BUCKETS,
    registers,
  });
  const ages = new Histogram({
    name: 'subscription_event_age_seconds',
    help: 'How old the newest event of each batch was when subscribers were told of it',
    buckets: DURATION_BUCKETS,
    registers,
  });
  const upstreams = new Gauge({
    name: 'subscription_upstreams_open',
    help: 'Subscriptions that run in subgraphs, of which each may serve many subscribers',
    labelNames: ['subgraph'],
    registers,
  });
  const upstreamEnds = new Counter({
    name: 'subscription_upstreams_ended_total',
    help: 'Subscriptions in subgraphs that ended, by outcome (closed by us, complete, refused, lost)',
    labelNames: ['subgraph', 'outcome'],
    registers,
  });
  const streamed = new Counter({
    name: 'subscription_upstream_events_total',
    help: 'Events that came from subscriptions in subgraphs',
    labelNames: ['subgraph'],
    registers,
  });
  return {
    began: (transport: Transport) => running.inc({ transport }),
    ended(transport: Transport, reason: EndReason | 'client'): void {
      running.dec({ transport });
      ended.inc({ reason });
    },
    /** `since`: when it was heard of, by the clock of `performance`. */
    delivered(transport: Transport, since: number): void {
      delivered.inc({ transport });
      delays.observe({ transport }, (performance.now() - since) / 1000);
    },
    /** `at`: when the event happened, as it says itself. */
    heard(at: string): void {
      const ageMs = Date.now() - Date.parse(at);
      // Clocks differ a little, and what comes from elsewhere may say anything.
      if (Number.isFinite(ageMs)) ages.observe(Math.max(0, ageMs) / 1000);
    },
    upstreamBegan: (subgraph: string) => upstreams.inc({ subgraph }),
    upstreamEnded(subgraph: string, outcome: UpstreamOutcome): void {
      upstreams.dec({ subgraph });
      upstreamEnds.inc({ subgraph, outcome });
    },
    streamed: (subgraph: string) => streamed.inc({ subgraph }),
    refused: (code: string) => refused.inc({ code }),
    failed: () => failed.inc(),
    sockets: (open: number) => sockets.set(open),
  };
}
