import { requireUuid } from '@entrepot/kernel/ids';
import { sleep } from '@entrepot/kernel/retry';
import type { Logger } from '@entrepot/telemetry/logger';
import type { Registry } from '@entrepot/telemetry/metrics';
import { runWithTrace } from '@entrepot/telemetry/trace';
import { consumerMetrics } from './consumer-metrics.ts';
import type { Contract } from './contract.ts';
import { deadLetter } from './dead-letter.ts';
import type { EventLog, LogMessage, Subscription } from './log.ts';

/** An event as a handler gets it: its data are checked. */
export type ReceivedEvent<Data> = {
  /** `evt_…`: what `claim` is asked about. */
  readonly id: string;
  readonly key: string;
  readonly at: Date;
  readonly data: Data;
};

export type EventHandler = {
  readonly types: readonly string[];
  /** Checks what came and handles it; its events that follow each other come together when `isBatch`. */
  readonly isBatch: boolean;
  readonly run: (messages: readonly LogMessage[]) => Promise<void>;
};

/** Handles events of one type, one after the other. */
export function on<Data>(
  contract: Contract<Data>,
  handler: (event: ReceivedEvent<Data>) => Promise<void>,
): EventHandler {
  const run = async ([message]: readonly LogMessage[]) => {
    if (message) await handler(read(contract, message));
  };
  return { types: [contract.type], isBatch: false, run };
}

/** Handles runs of events of one type together; a run that keeps failing is tried event by event, to find the one at fault. */
export function onMany<Data>(
  contract: Contract<Data>,
  handler: (events: readonly ReceivedEvent<Data>[]) => Promise<void>,
): EventHandler {
  return {
    types: [contract.type],
    isBatch: true,
    run: (messages) => handler(messages.map((message) => read(contract, message))),
  };
}

/** An event as one of several kinds that a handler takes; with its trace, as a run has many. */
export type MixedEvent<T> = { readonly id: string; readonly traceparent: string | undefined; readonly value: T };
export type Meaning<T> = { readonly type: string; readonly read: (message: LogMessage) => MixedEvent<T> };

/** What an event of one contract means to a handler of several. */
export function meaning<Data, T>(contract: Contract<Data>, toValue: (data: Data) => T): Meaning<T> {
  return {
    type: contract.type,
    read: (message) => {
      const { id, data } = read(contract, message);
      return { id, traceparent: message.envelope.traceparent, value: toValue(data) };
    },
  };
}

/** Handles runs of events of several types together, in the order in which they came. */
export function onAny<T>(
  meanings: readonly Meaning<T>[],
  handler: (events: readonly MixedEvent<T>[]) => Promise<void>,
): EventHandler {
  const byType = new Map(meanings.map((each) => [each.type, each]));
  return {
    types: [...byType.keys()],
    isBatch: true,
    run: (messages) => handler(messages.flatMap((message) => byType.get(message.envelope.type)?.read(message) ?? [])),
  };
}

export type ConsumerOptions = {
  log: EventLog;
  /** The group, and the name under which events are claimed and dead letters filed. */
  name: string;
  topics: readonly string[];
  handlers: readonly EventHandler[];
  from?: 'beginning' | 'end';
  logger: Logger;
  registry: Registry;
  /** How often a handler is tried before its event becomes a dead letter, with doubling pauses from 50 ms. */
  attempts?: number;
};

/**
 * Feeds events to handlers: in the trace of the request that caused them, again after a pause when a handler throws, and
 * to the dead letters when it keeps throwing, so that one bad event holds up its partition for seconds only. Handlers
 * must take repeated events: the same one may come twice.
 */
export async function startConsumer(options: ConsumerOptions): Promise<Subscription> {
  const { log, name, topics, handlers, logger, registry, attempts = 6 } = options;
  const metrics = consumerMetrics(registry, log);
  metrics.watch(name, topics);
  const byType = new Map(handlers.flatMap((handler) => handler.types.map((type) => [type, handler])));

  const attempt = async (
    handler: EventHandler,
    messages: readonly LogMessage[],
    signal: AbortSignal,
  ): Promise<unknown> => {
    let failure: unknown;
    for (let tried = 1; tried <= attempts; tried++) {
      try {
        await runWithTrace(messages[0]?.envelope.traceparent, () => handler.run(messages));
        return undefined;
      } catch (error) {
        failure = error;
        metrics.count(name, 'retried');
        logger.warn(
          { err: error, consumer: name, type: messages[0]?.envelope.type, tried },
          'an event could not be handled',
        );
        if (tried < attempts) await sleep(Math.random() * 50 * 2 ** tried, signal);
      }
    }
    return failure ?? new Error('no reason given');
  };

  const handleRun = async (
    handler: EventHandler,
    messages: readonly LogMessage[],
    signal: AbortSignal,
  ): Promise<void> => {
    const failure = await attempt(handler, messages, signal);
    if (failure === undefined) return metrics.count(name, 'handled', messages.length);
    if (messages.length > 1) {
      for (const message of messages) await handleRun(handler, [message], signal);
      return;
    }
    for (const message of messages) {
      await log.publish([deadLetter(name, message, failure)]);
      metrics.count(name, 'dead');
      runWithTrace(message.envelope.traceparent, () =>
        logger.error(
          { err: failure, consumer: name, event: message.envelope.id, type: message.envelope.type },
          'dead letter',
        ),
      );
    }
  };

  return log.subscribe({
    group: name,
    topics,
    from: options.from ?? 'beginning',
    async onBatch(messages, { signal }) {
      const runs = runsByHandler(messages, byType);
      for (const [handler, run] of runs) {
        // Stopping between two runs repeats the first ones later; starting another one would hold up the stop.
        signal.throwIfAborted();
        await handleRun(handler, run, signal);
      }
      const skipped = messages.length - runs.reduce((sum, [, run]) => sum + run.length, 0);
      if (skipped > 0) metrics.count(name, 'skipped', skipped);
    },
  });
}

/** Cuts a batch where the handler changes, and after each event for handlers that take one; what nobody handles cuts nothing. */
function runsByHandler(
  messages: readonly LogMessage[],
  handlers: ReadonlyMap<string, EventHandler>,
): [EventHandler, LogMessage[]][] {
  const runs: [EventHandler, LogMessage[]][] = [];
  for (const message of messages) {
    const handler = handlers.get(message.envelope.type);
    if (!handler) continue;
    const last = runs.at(-1);
    if (last && last[0] === handler && handler.isBatch) last[1].push(message);
    else runs.push([handler, [message]]);
  }
  return runs;
}

function read<Data>(contract: Contract<Data>, { key, envelope }: LogMessage): ReceivedEvent<Data> {
  requireUuid('evt', envelope.id);
  return { id: envelope.id, key, at: new Date(envelope.time), data: contract.schema.parse(envelope.data) };
}
