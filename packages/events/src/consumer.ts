import { sleep } from '@entrepot/kernel/retry';
import type { Logger } from '@entrepot/telemetry/logger';
import type { Registry } from '@entrepot/telemetry/metrics';
import { runWithTrace } from '@entrepot/telemetry/trace';
import { backOffMs } from './back-off.ts';
import { consumerMetrics } from './consumer-metrics.ts';
import type { Envelope } from './contract.ts';
import { deadLetter } from './dead-letters/dead-letter.ts';
import type { EventHandler } from './handlers.ts';
import type { BatchContext, EventLog, LogMessage, SubscribeOptions, Subscription } from './log.ts';
import { cutIntoRuns, type Run } from './runs.ts';
import { isTransient } from './transient.ts';

export type ConsumerOptions = {
  log: EventLog;
  /** The group, and the name under which events are claimed and dead letters filed. */
  name: string;
  topics: readonly string[];
  handlers: readonly EventHandler[];
  from?: 'beginning' | 'end';
  logger: Logger;
  registry: Registry;
  /** How often an event is tried before it becomes a dead letter; the pauses between double from 75 ms, about 2 s in all. */
  attempts?: number;
};

/** What a partition has trouble with. */
type Trouble = { readonly offset: string; readonly attempts: number; readonly aloneUpTo: bigint };

/**
 * Feeds events to handlers: in the trace of the request that caused them, again after a pause when a handler throws, and
 * to the dead letters when it keeps throwing, so that one bad event holds up its partition for seconds only. While what a
 * handler needs is away (its database), events wait instead. Handlers must take repeated events: the same one may come twice.
 */
export async function startConsumer(options: ConsumerOptions): Promise<Subscription> {
  const { log, name, topics, handlers, logger, registry, attempts = 6 } = options;
  const metrics = consumerMetrics(registry, log);
  metrics.watch(name, topics);
  const byType = new Map(handlers.flatMap((handler) => handler.types.map((type) => [type, handler])));
  const troubles = new Map<string, Trouble>();

  const handlerOf = ({ envelope }: LogMessage) =>
    envelope.replayfor === undefined || envelope.replayfor === name ? byType.get(envelope.type) : undefined;

  const bury = async (message: LogMessage, failure: unknown) => {
    await log.publish([deadLetter(name, message, failure)]);
    metrics.count(name, 'dead');
    const { id, type } = message.envelope;
    runWithTrace(message.envelope.traceparent, () =>
      logger.error({ err: failure, consumer: name, event: id, type }, 'dead letter'),
    );
  };

  /** What a failed run means: nothing any more, or that it comes again, which is said by throwing. */
  const takeFailure = async (slot: string, { messages }: Run, failure: unknown) => {
    const [first] = messages;
    const last = messages.at(-1);
    if (!first || !last) return;
    const { type, id } = first.envelope;
    const again = new Error(`${name} could not handle ${type} ${id}`, { cause: failure });
    metrics.count(name, 'retried');
    if (isTransient(failure)) throw again;
    const trouble = troubles.get(slot);
    const tried = trouble?.offset === first.offset ? trouble.attempts : 0;
    if (messages.length > 1) {
      // One of them may be at fault: next time each comes alone.
      troubles.set(slot, { offset: first.offset, attempts: tried, aloneUpTo: BigInt(last.offset) });
      throw again;
    }
    if (tried + 1 >= attempts) return bury(first, failure);
    const aloneUpTo = trouble && trouble.aloneUpTo > BigInt(first.offset) ? trouble.aloneUpTo : BigInt(first.offset);
    troubles.set(slot, { offset: first.offset, attempts: tried + 1, aloneUpTo });
    throw again;
  };

  const handleRun = async (slot: string, run: Run): Promise<void> => {
    const { handler, messages } = run;
    let act: () => Promise<void>;
    try {
      act = handler.prepare(messages);
    } catch (broken) {
      // An event that breaks its contract does so every time: no use to wait.
      const [message, ...others] = messages;
      if (message && others.length === 0) return bury(message, broken);
      for (const alone of messages) await handleRun(slot, { ...run, messages: [alone] });
      return;
    }
    try {
      await runWithTrace(messages[0]?.envelope.traceparent, act);
    } catch (failure) {
      return takeFailure(slot, run, failure);
    }
    metrics.count(name, 'handled', messages.length);
    for (const { envelope } of messages) tell(logger, name, envelope);
  };

  const onBatch = async (batch: readonly LogMessage[], { signal, progress }: BatchContext) => {
    const [first] = batch;
    if (!first) return;
    const slot = `${first.topic}/${first.partition}`;
    const aloneUpTo = troubles.get(slot)?.aloneUpTo ?? -1n;
    if (aloneUpTo < BigInt(first.offset)) troubles.delete(slot);
    const runs = cutIntoRuns(batch, handlerOf, ({ offset }) => BigInt(offset) <= aloneUpTo);
    for (const run of runs) {
      signal.throwIfAborted();
      await handleRun(slot, run);
      await progress(run.end);
    }
    const skipped = batch.length - runs.reduce((sum, { messages }) => sum + messages.length, 0);
    if (skipped > 0) metrics.count(name, 'skipped', skipped);
  };

  return subscribeInTheEnd(log, { group: name, topics, from: options.from ?? 'beginning', onBatch }, logger);
}

/** One line an event, in the trace of the request that caused it: where the trail of that request ends. */
function tell(logger: Logger, consumer: string, { id, type, subject, traceparent }: Envelope): void {
  runWithTrace(traceparent, () => logger.info({ consumer, event: id, type, subject }, 'event handled'));
}

/** Resolves when subscribed, or when that failed once: a log that is away must not keep a service from starting. */
async function subscribeInTheEnd(log: EventLog, options: SubscribeOptions, logger: Logger): Promise<Subscription> {
  const stopping = new AbortController();
  const failedOnce = Promise.withResolvers<void>();
  const subscribing = (async () => {
    for (let failures = 1; !stopping.signal.aborted; failures++) {
      try {
        return await log.subscribe(options);
      } catch (error) {
        logger.warn({ err: error, group: options.group }, 'the event log cannot be subscribed to; trying again');
        failedOnce.resolve();
        await sleep(backOffMs(failures), stopping.signal).catch(() => {});
      }
    }
    return undefined;
  })();
  await Promise.race([subscribing, failedOnce.promise]);
  return {
    async stop() {
      stopping.abort();
      const subscription = await subscribing;
      await subscription?.stop();
    },
  };
}
