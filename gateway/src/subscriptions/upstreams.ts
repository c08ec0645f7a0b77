import type { Logger } from '@entrepot/telemetry/logger';
import { cleanError } from '../subgraphs/read-response.ts';
import type { OpenStream, StreamCall, StreamEnd } from '../subgraphs/streams/stream.ts';
import { ENDINGS, type Ending } from './ending.ts';
import type { StreamedEvent } from './events.ts';
import type { SubscriptionMetrics, UpstreamOutcome } from './subscription-metrics.ts';

export type UpstreamListener = {
  onEvent(event: StreamedEvent): void;
  onEnd(ending: Ending): void;
};

export type Upstreams = {
  /** Returns how to leave. Nothing is told of the time before. */
  join(asked: StreamCall, listener: UpstreamListener): () => void;
};

export type UpstreamsOptions = {
  open: OpenStream;
  metrics: Pick<SubscriptionMetrics, 'upstreamBegan' | 'upstreamEnded' | 'streamed'>;
  logger: Logger;
  retryMs?: number;
};

type Upstream = { readonly listeners: Set<UpstreamListener>; close(): void };

const MAX_ATTEMPTS = 4;
const RETRY_MS = 250;
const QUIET_MS = 1_000;

/**
 * The subscriptions that run in subgraphs. All who are to be told the same have one together. One that cannot be opened is
 * tried again; one that breaks is the end, since what came meanwhile could not be told, and whoever subscribes again knows to
 * look.
 */
export function createUpstreams({ open, metrics, logger, retryMs = RETRY_MS }: UpstreamsOptions): Upstreams {
  const upstreams = new Map<string, Upstream>();
  let events = 0;
  let quietUntil = 0;

  /** Thousands may be lost in one moment, for one reason. */
  const tellLost = (subgraph: string, reason: string) => {
    if (performance.now() < quietUntil) return;
    quietUntil = performance.now() + QUIET_MS;
    logger.warn({ subgraph, reason }, 'a subscription in a subgraph was lost');
  };

  const start = (key: string, asked: StreamCall): Upstream => {
    const { subgraph } = asked;
    const listeners = new Set<UpstreamListener>();
    let isOpen = false;
    let attempts = 0;
    let stop = () => {};
    let timer: NodeJS.Timeout | undefined;

    const finish = (outcome: UpstreamOutcome) => {
      if (upstreams.get(key) === upstream) upstreams.delete(key);
      clearTimeout(timer);
      metrics.upstreamEnded(subgraph, outcome);
    };
    const attempt = () => {
      stop = open(asked, {
        opened() {
          isOpen = true;
        },
        event(payload, bytes) {
          const event = { id: ++events, payload, bytes, since: performance.now() };
          metrics.streamed(subgraph);
          for (const { onEvent } of listeners) onEvent(event);
        },
        ended(end) {
          if (end.kind === 'lost') tellLost(subgraph, end.reason);
          if (end.kind === 'lost' && !isOpen && ++attempts < MAX_ATTEMPTS) {
            timer = setTimeout(attempt, retryMs * 2 ** (attempts - 1) * (0.5 + Math.random() / 2));
            return;
          }
          finish(end.kind);
          const ending = endingOf(end, isOpen, logger);
          for (const { onEnd } of [...listeners]) onEnd(ending);
        },
      });
    };
    const upstream: Upstream = {
      listeners,
      close() {
        finish('closed');
        stop();
      },
    };
    upstreams.set(key, upstream);
    metrics.upstreamBegan(subgraph);
    attempt();
    return upstream;
  };

  return {
    join(asked, listener) {
      const key = keyOf(asked);
      const upstream = upstreams.get(key) ?? start(key, asked);
      const { listeners } = upstream;
      listeners.add(listener);
      return () => {
        if (listeners.delete(listener) && listeners.size === 0 && upstreams.get(key) === upstream) upstream.close();
      };
    },
  };
}

/** Whoever has the same of all that a subgraph is told may be told the same by it. */
function keyOf({ subgraph, url, call }: StreamCall): string {
  const { id, variables, context } = call;
  return JSON.stringify([subgraph, url, id, variables, context.viewer, context.authorization]);
}

function endingOf(end: StreamEnd, wasOpen: boolean, logger: Logger): Ending {
  switch (end.kind) {
    case 'complete':
      return ENDINGS.complete;
    case 'refused':
      return { reason: 'refused', error: cleanError(end.errors[0], logger) };
    case 'lost':
      return wasOpen ? ENDINGS.missed : ENDINGS.unreachable;
  }
}
