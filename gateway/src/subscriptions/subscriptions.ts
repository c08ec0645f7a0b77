import { setImmediate } from 'node:timers/promises';
import { Fault } from '@entrepot/kernel/fault';
import type { TokenViewer } from '../auth/viewer-state.ts';
import type { Document } from '../operations/documents.ts';
import { RequestErrors } from '../operations/request-errors.ts';
import type { Admissions } from './admissions.ts';
import { type Changes, createChanges } from './changes.ts';
import { ENDINGS, type Ending } from './ending.ts';
import { createEvents } from './events.ts';
import { createExecutions } from './executions.ts';
import { entityTopic, type Hub, type Listener, ownTopic } from './hub.ts';
import { createLive, type Live, type LiveAnswer } from './live.ts';
import { createLiveOperations, type LiveGraph, type LiveOperation } from './live-operations.ts';
import { createStreamed, type PrepareStream } from './streamed.ts';
import type { SubscriptionMetrics, Transport } from './subscription-metrics.ts';
import type { Upstreams } from './upstreams.ts';

/** Who subscribes, and until when they may. */
export type Subscriber = {
  readonly viewer: TokenViewer | undefined;
  readonly authorization: string | undefined;
  /** When their access token expires (ms since the epoch). */
  readonly expiresAt: number | undefined;
};

export type Subscribing = {
  readonly document: Document;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly subscriber: Subscriber;
  readonly transport: Transport;
};

/** Answers a query with JSON text, as it would be answered to the subscriber. */
export type ReadAgain = (query: {
  document: Document;
  operationName: string | undefined;
  variables: Readonly<Record<string, unknown>>;
  subscriber: Subscriber;
  /** Names the event: what had been asked for before it is no answer. */
  moment: string;
}) => Promise<string>;

export type Subscriptions = {
  /** @throws Fault or RequestErrors for what cannot begin */
  open(subscribing: Subscribing): Promise<Live>;
  /** Another graph is served: what runs goes on as it has it. */
  adoptGraph(): Promise<void>;
  /** Ends all of them, and lets none begin any more. */
  close(): void;
};

export type SubscriptionParts = {
  /** Undefined when no event log tells of changes. */
  hub: Hub | undefined;
  graph: () => LiveGraph;
  readAgain: ReadAgain;
  prepareStream: PrepareStream;
  upstreams: Upstreams;
  admissions: Admissions;
  subscriptionMetrics: SubscriptionMetrics;
};

/** How many queries run at once for subscribers. */
const MAX_RUNNING = 64;
const ADOPTED_AT_ONCE = 20;

/**
 * Subscriptions of two kinds. Fields with `@live` are live queries: on each event about what somebody follows, it is read again
 * on their behalf. All others are their subgraph's, whose events are completed through the graph.
 */
export function createSubscriptions(parts: SubscriptionParts): Subscriptions {
  const { graph, admissions, upstreams, prepareStream, subscriptionMetrics: metrics } = parts;
  const operations = createLiveOperations();
  const executions = createExecutions<LiveAnswer>(MAX_RUNNING);
  const running = new Set<Running>();
  const streams = new Map<Running, () => Promise<void>>();
  let isClosed = false;

  /** Counts one in, whoever it is told by, until it ends. */
  const enter = <T extends Running>({ subscriber, transport }: Subscribing, create: (onEnd: OnEnd) => T): T => {
    const leave = admissions.enter(subscriber.viewer?.id);
    const mailbox = create((ending) => {
      running.delete(mailbox);
      clearTimeout(clock);
      leave();
      metrics.ended(transport, ending?.reason ?? 'client');
    });
    const clock = expireAt(subscriber.expiresAt, mailbox);
    running.add(mailbox);
    metrics.began(transport);
    return mailbox;
  };

  const beginLive = ({ hub, operation, topic, subscribing }: Beginning): Live => {
    const { subscriber, transport } = subscribing;
    let stopListening = () => {};
    const changes = enter(subscribing, (onEnd) =>
      createChanges({
        onEnd(ending) {
          stopListening();
          onEnd(ending);
        },
      }),
    );
    stopListening = hub.listen(topic, listenerOf(operation, changes));
    const { entityId, isInitial } = operation;
    // What is read from now on and what is told from now on leave nothing out between them.
    if (isInitial && entityId !== undefined) changes.note(entityId, hub.sequence());
    return createLive({
      changes,
      responseKey: operation.query.responseKey,
      first: isInitial ? (entityId === undefined ? 'null' : 'noted') : undefined,
      read: (id, sequence) => {
        const question = questionOf(operation, subscriber, id);
        const key = `${sequence} ${visibilityOf(subscriber)} ${question.key}`;
        return executions.run(key, async () => {
          const text = await parts.readAgain({ ...question, moment: `event ${sequence}` });
          return { text, result: JSON.parse(text) };
        });
      },
      onAnswer: (since) => metrics.delivered(transport, since),
      onFailed: metrics.failed,
    });
  };

  const beginStreamed = async (subscribing: Subscribing): Promise<Live> => {
    const { subscriber, transport } = subscribing;
    const prepare = async () => {
      const prepared = await prepareStream(subscribing);
      return { ...prepared, key: `${visibilityOf(subscriber)} ${prepared.key}` };
    };
    const prepared = await prepare();
    let leave = () => {};
    const events = enter(subscribing, (onEnd) =>
      createEvents({
        onEnd(ending) {
          leave();
          streams.delete(events);
          onEnd(ending);
        },
      }),
    );
    leave = upstreams.join(prepared.asked, { onEvent: events.push, onEnd: events.finish });
    const onAnswer = (since: number) => metrics.delivered(transport, since);
    const { live, adopt } = createStreamed({ events, prepared, executions, onAnswer });
    streams.set(events, () => adopt(prepare));
    return live;
  };

  return {
    async open(subscribing) {
      const { hub } = parts;
      try {
        if (isClosed) throw new Fault('UNAVAILABLE', 'this server is about to stop: subscribe again');
        const { document, operationName, variables, subscriber } = subscribing;
        const operation = operations.prepare(graph(), document, operationName, variables);
        if (!operation) return await beginStreamed(subscribing);
        if (!hub) throw new Fault('UNAVAILABLE', 'nothing tells this gateway of changes');
        return beginLive({ hub, operation, topic: topicOf(operation, subscriber), subscribing });
      } catch (error) {
        metrics.refused(codeOf(error));
        throw error;
      }
    },
    async adoptGraph() {
      let adopted = 0;
      for (const adopt of [...streams.values()]) {
        await adopt();
        // Others are to be answered meanwhile.
        if (++adopted % ADOPTED_AT_ONCE === 0) await setImmediate();
      }
    },
    close() {
      isClosed = true;
      for (const mailbox of [...running]) mailbox.end(ENDINGS.shutdown);
    },
  };
}

type Running = { end(ending?: Ending): void };
type OnEnd = (ending: Ending | undefined) => void;
type Beginning = { hub: Hub; operation: LiveOperation; topic: string; subscribing: Subscribing };

function topicOf({ entityId, query }: LiveOperation, { viewer }: Subscriber): string {
  const { entity } = query.field;
  if (entityId !== undefined) return entityTopic(entity, entityId);
  if (viewer) return ownTopic(entity, viewer.id);
  throw new Fault('UNAUTHENTICATED', 'without an id it tells of what is your own: say who you are by an access token');
}

function listenerOf({ entityId, query }: LiveOperation, changes: Changes): Listener {
  return {
    isAbout: query.field.isAbout,
    onChange: changes.note,
    onMissed(sequence) {
      if (entityId === undefined) changes.end(ENDINGS.missed);
      else changes.note(entityId, sequence);
    },
  };
}

/** Timers reach no further than this. */
const MAX_TIMER_MS = 2 ** 31 - 1;

function expireAt(expiresAt: number | undefined, mailbox: Running): NodeJS.Timeout | undefined {
  if (expiresAt === undefined) return undefined;
  const ms = Math.min(MAX_TIMER_MS, Math.max(0, expiresAt - Date.now()));
  return setTimeout(() => mailbox.end(ENDINGS.expired), ms).unref();
}

function questionOf({ document, variablesFor }: LiveOperation, subscriber: Subscriber, id: string) {
  const variables = variablesFor(id);
  const { name } = document.operations[0] ?? {};
  return { document, operationName: name, variables, subscriber, key: `${document.hash} ${JSON.stringify(variables)}` };
}

/** Of equal visibility are those with the same token; what is everybody's beyond that, the response cache knows. */
const visibilityOf = ({ viewer, authorization }: Subscriber): string =>
  viewer ? JSON.stringify(viewer.claims) : (authorization ?? '');

function codeOf(error: unknown): string {
  if (error instanceof Fault) return error.code;
  return error instanceof RequestErrors ? String(error.errors[0]?.extensions?.code) : 'INTERNAL_SERVER_ERROR';
}
