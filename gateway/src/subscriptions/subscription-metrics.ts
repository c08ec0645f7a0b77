import type { Registry } from '@entrepot/telemetry/metrics';
import { Counter, Gauge } from 'prom-client';
import type { EndReason } from './ending.ts';

export type Transport = 'multipart' | 'sse' | 'websocket';
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
    help: 'Subscriptions that ended, by reason (client, expired, slow, missed, invalid, shutdown)',
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
  return {
    began: (transport: Transport) => running.inc({ transport }),
    ended(transport: Transport, reason: EndReason | 'client'): void {
      running.dec({ transport });
      ended.inc({ reason });
    },
    delivered: (transport: Transport) => delivered.inc({ transport }),
    refused: (code: string) => refused.inc({ code }),
    failed: () => failed.inc(),
    sockets: (open: number) => sockets.set(open),
  };
}
