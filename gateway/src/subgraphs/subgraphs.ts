import type { Logger } from '@entrepot/telemetry/logger';
import type { AskSubgraph } from '../execute/subgraph-call.ts';
import type { Metrics } from '../metrics.ts';
import { readPlace } from './addresses.ts';
import { type BuildService, createAskBySource } from './ask-by-source.ts';
import { createAskOverHttp } from './ask-over-http.ts';
import { missingAnswer } from './missing-answer.ts';
import { createSubgraphClient } from './subgraph-client.ts';
import { TUNING, type Tuning } from './tuning.ts';

export type Endpoint = { readonly name: string; readonly url?: string | undefined };

export type Subgraphs = {
  /** Asks these subgraphs, each where the configuration or else its supergraph says that it is. @throws Error when neither does */
  of(endpoints: Iterable<Endpoint>): AskSubgraph;
  close(): void;
};

export type SubgraphsOptions = {
  /** By name, for those that are not where the supergraph says. */
  urls: ReadonlyMap<string, string>;
  /** By name, for those whose health is told at a path of their own. */
  healthPaths?: ReadonlyMap<string, string>;
  credential: string | undefined;
  /** The longest that one query may take. */
  timeoutMs: number;
  /** A data source made by whoever runs the gateway, for those subgraphs for which it makes one. */
  buildService?: BuildService | undefined;
  metrics: Metrics;
  logger: Logger;
  tuning?: Partial<Tuning>;
};

type Way = { readonly ask: AskSubgraph; readonly close: () => void; askedAt: number };

const SWEEP_MS = 30_000;
const UNUSED_MS = 120_000;

/**
 * The ways to all subgraphs. A way belongs to a place, and not to a supergraph: when a new supergraph names the same place, its warm
 * connections and what is known of its health stay. A way that is not used any more is closed after a while, and opened
 * again should an old supergraph still ask.
 */
export function createSubgraphs(options: SubgraphsOptions): Subgraphs {
  const { urls, healthPaths, credential, timeoutMs, buildService, metrics } = options;
  const tuning = { ...TUNING, ...options.tuning };
  const ways = new Map<string, Way>();

  const open = (name: string, url: string): Way => {
    const logger = options.logger.child({ subgraph: name });
    const measured = metrics.subgraph(name);
    const events = {
      onRetry: measured.retried,
      onRetryRefused: measured.retryRefused,
      onEjection: measured.ejected,
    };
    const place = readPlace(name, url);
    const healthPath = healthPaths?.get(name);
    const client = createSubgraphClient({ place, credential, healthPath, timeoutMs, events, tuning, logger });
    const ask = createAskOverHttp({ post: client.post, timeoutMs, metrics: measured, logger });
    const unwatch = measured.watch(client.state);
    const close = () => {
      unwatch();
      client.close();
    };
    return { ask, close, askedAt: performance.now() };
  };

  const sweeper = setInterval(() => {
    const before = performance.now() - UNUSED_MS;
    for (const [key, { close, askedAt }] of ways) {
      if (askedAt > before) continue;
      ways.delete(key);
      close();
    }
  }, SWEEP_MS).unref();

  const overHttp = ({ name, url }: Endpoint): AskSubgraph => {
    const place = urls.get(name) ?? url ?? '';
    readPlace(name, place);
    const key = `${name} ${place}`;
    return (call) => {
      const way = ways.get(key) ?? open(name, place);
      if (!ways.has(key)) ways.set(key, way);
      way.askedAt = performance.now();
      return way.ask(call);
    };
  };

  const bySource = ({ name, url }: Endpoint): AskSubgraph | undefined => {
    const source = buildService?.({ name, url: urls.get(name) ?? url });
    if (!source) return undefined;
    const logger = options.logger.child({ subgraph: name });
    const measured = metrics.subgraph(name);
    const { maxRunning } = tuning;
    return createAskBySource({ source, url: url ?? '', credential, timeoutMs, maxRunning, metrics: measured, logger });
  };

  return {
    of(endpoints) {
      const asks = new Map<string, AskSubgraph>();
      for (const endpoint of endpoints) asks.set(endpoint.name, bySource(endpoint) ?? overHttp(endpoint));
      return (call) => {
        const ask = asks.get(call.subgraph);
        if (ask) return ask(call);
        options.logger.error({ subgraph: call.subgraph }, 'a plan asks a subgraph that its supergraph does not have');
        return Promise.resolve(missingAnswer('unavailable'));
      };
    },
    close() {
      clearInterval(sweeper);
      for (const { close } of ways.values()) close();
      ways.clear();
    },
  };
}
