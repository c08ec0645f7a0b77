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

type Way = {
  readonly ask: AskSubgraph;
  readonly close: () => void;
  /** How often it was found unused since it was asked last. */
  unused: number;
  isOpen: boolean;
};

const SWEEP_MS = 30_000;
/** It is closed when it is found so for the fifth time: after two minutes. */
const MAX_UNUSED = 4;

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
    const way: Way = {
      ask,
      close() {
        way.isOpen = false;
        unwatch();
        client.close();
      },
      unused: 0,
      isOpen: true,
    };
    return way;
  };

  const sweeper = setInterval(() => {
    for (const [key, way] of ways) {
      if (++way.unused <= MAX_UNUSED) continue;
      ways.delete(key);
      way.close();
    }
  }, SWEEP_MS).unref();

  const overHttp = ({ name, url }: Endpoint): AskSubgraph => {
    const place = urls.get(name) ?? url ?? '';
    readPlace(name, place);
    const key = `${name} ${place}`;
    let way: Way | undefined;
    return (call) => {
      if (!way?.isOpen) {
        way = ways.get(key) ?? open(name, place);
        ways.set(key, way);
      }
      way.unused = 0;
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
