import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from '@entrepot/telemetry/logger';
import type { AccessTokens } from '../auth/access-tokens.ts';
import type { Config } from '../config.ts';
import type { Documents } from '../operations/documents.ts';
import type { AnswerIncoming } from '../operations/http-request.ts';
import type { ReadOperations } from '../operations/read-operations.ts';
import { createStreams } from '../subgraphs/streams/streams.ts';
import { createAdmissions } from './admissions.ts';
import { createDoor, type DoorParts } from './door.ts';
import { createFromEventSource } from './event-source.ts';
import type { Hub } from './hub.ts';
import type { LiveGraph } from './live-operations.ts';
import { createOverHttp } from './over-http.ts';
import type { PrepareStream } from './streamed.ts';
import type { SubscriptionMetrics } from './subscription-metrics.ts';
import { createSubscriptions, type ReadAgain } from './subscriptions.ts';
import { createUpstreams } from './upstreams.ts';
import { createWebSockets } from './web-sockets.ts';

export type OpenSubscriptionsOptions = {
  config: Config;
  paths: ReadonlySet<string>;
  /** Undefined when no event log tells of changes. */
  hub: Hub | undefined;
  graph: () => LiveGraph;
  read: ReadOperations;
  documents: Documents;
  accessTokens: AccessTokens | undefined;
  /** Answers what is no subscription. */
  answer: AnswerIncoming;
  readAgain: ReadAgain;
  mayBegin: DoorParts['mayBegin'];
  prepareStream: PrepareStream;
  subscriptionMetrics: SubscriptionMetrics;
  logger: Logger;
};

export type OpenSubscriptions = {
  /** Answers everything that comes by HTTP, and subscriptions by streams. */
  answer: AnswerIncoming;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Another graph is served from now on. */
  adoptGraph(): Promise<void>;
  close(): Promise<void>;
};

/** Subscriptions by their three transports, as the configuration has them. */
export function openSubscriptions(options: OpenSubscriptionsOptions): OpenSubscriptions {
  const { config, answer, graph, subscriptionMetrics: metrics, logger } = options;
  const max = config.MAX_SUBSCRIPTIONS;
  const admissions = createAdmissions({ max, maxPerViewer: config.MAX_SUBSCRIPTIONS_PER_VIEWER });
  const streams = createStreams({
    urls: config.SUBGRAPH_URLS,
    ways: config.SUBGRAPH_SUBSCRIPTIONS,
    credential: config.GATEWAY_CREDENTIAL,
    timeoutMs: config.SUBGRAPH_TIMEOUT_MS,
    heartbeatMs: config.HEARTBEAT_MS,
  });
  const upstreams = createUpstreams({ open: streams.open, metrics, logger });
  const subscriptions = createSubscriptions({ ...options, upstreams, admissions });
  const door = createDoor({ ...options, subscriptions, fromEventSource: createFromEventSource(config.CORS_ORIGINS) });
  const stream = { heartbeatMs: config.HEARTBEAT_MS, slowMs: config.SLOW_CLIENT_MS };
  const webSockets = createWebSockets({
    ...options,
    ...stream,
    door,
    schema: () => graph().schema,
    maxSockets: max,
    maxPerSocket: config.MAX_SUBSCRIPTIONS_PER_SOCKET,
    maxMessageBytes: config.MAX_BODY_BYTES,
    metrics,
  });
  return {
    answer: createOverHttp({ ...stream, door, answer }),
    upgrade: webSockets.upgrade,
    adoptGraph: subscriptions.adoptGraph,
    async close() {
      subscriptions.close();
      await webSockets.close();
      streams.close();
    },
  };
}
