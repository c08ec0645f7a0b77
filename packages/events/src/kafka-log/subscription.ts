import type { Logger } from '@entrepot/telemetry/logger';
import type { Admin, Consumer, Kafka } from 'kafkajs';
import type { SubscribeOptions, Subscription } from '../log.ts';
import { type Assignment, createBatchHandler } from './batch.ts';
import { toKafkaTopic } from './kafka-topics.ts';

/** A member that dies without a word is missed after so long. */
const SESSION_MS = 10_000;
/** kafkajs consumers have been seen to stop without a word (#659): one that gives no sign for so long is begun anew. */
const SILENCE_MS = 90_000;

type Deps = { kafka: Kafka; admin: Admin; logger: Logger };

/** Reads as a member of a consumer group; commits an offset only when its messages are done. */
export async function subscribe({ kafka, admin, logger }: Deps, options: SubscribeOptions): Promise<Subscription> {
  const topics = options.topics.map(toKafkaTopic);
  const join = async () => joinGroup(kafka, topics, options, await unknownEnds(admin, options, topics), logger);
  let current = await join();
  const watch = setInterval(() => {
    if (performance.now() - current.lastSign() < SILENCE_MS) return;
    logger.error({ group: options.group }, 'a consumer has gone silent and is begun anew');
    const silent = current;
    current = { ...silent, lastSign: () => Number.POSITIVE_INFINITY };
    void silent
      .stop()
      .then(join)
      .then((joined) => {
        current = joined;
      })
      .catch((error: unknown) => {
        logger.error({ err: error, group: options.group }, 'a consumer could not be begun anew');
        current = silent;
      });
  }, SILENCE_MS / 6);
  return {
    async stop() {
      clearInterval(watch);
      await current.stop();
      if (options.isTemporary)
        await admin
          .deleteGroups([options.group])
          .catch((error: unknown) =>
            logger.warn({ err: error, group: options.group }, 'a temporary group is left to retention'),
          );
    },
  };
}

type Place = { topic: string; partition: number; offset: string };
type Assigned = Readonly<Record<string, readonly number[]>>;
type Joined = { lastSign(): number; stop(): Promise<void> };

async function joinGroup(
  kafka: Kafka,
  topics: string[],
  options: SubscribeOptions,
  ends: readonly Place[],
  logger: Logger,
): Promise<Joined> {
  const consumer = kafka.consumer({
    groupId: options.group,
    sessionTimeout: SESSION_MS,
    rebalanceTimeout: 20_000,
    heartbeatInterval: 1_000,
    // How long the broker holds a fetch that finds nothing: a new message ends it at once.
    maxWaitTimeInMs: 500,
    minBytes: 1,
    // On some errors kafkajs would otherwise give up, and the process would stand there consuming nothing.
    retry: { initialRetryTime: 100, maxRetryTime: 3_000, retries: 8, restartOnFailure: async () => true },
  });
  let sign = performance.now();
  const giveSign = () => {
    sign = performance.now();
  };
  const { FETCH, HEARTBEAT, GROUP_JOIN, END_BATCH_PROCESS } = consumer.events;
  for (const event of [FETCH, HEARTBEAT, GROUP_JOIN, END_BATCH_PROCESS] as const) consumer.on(event, giveSign);
  const assignment = trackAssignment(consumer);
  const handler = createBatchHandler(options, assignment, logger);
  try {
    await consumer.connect();
    await consumer.subscribe({ topics, fromBeginning: options.from === 'beginning' });
    const joined = new Promise<Assigned>((resolve) =>
      consumer.on(GROUP_JOIN, ({ payload }) => resolve(payload.memberAssignment)),
    );
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 6,
      eachBatch: handler.eachBatch,
    });
    await beginAt(consumer, ends, await joined);
  } catch (error) {
    await consumer.disconnect().catch(() => {});
    throw error;
  }
  return {
    lastSign: () => sign,
    async stop() {
      assignment.end(new Error('the subscription is stopping'));
      handler.stop();
      await consumer.disconnect();
    },
  };
}

/**
 * Each time a member joins the group anew, what it held before may be another's, while its batches still run
 * (kafkajs#1046): each batch belongs to the assignment that it began under.
 */
function trackAssignment(consumer: Consumer): Assignment & { end(reason: Error): void } {
  let current = new AbortController();
  let isStopping = false;
  consumer.on(consumer.events.GROUP_JOIN, () => {
    if (isStopping) return;
    current.abort(new Error('the group has shared out its partitions anew'));
    current = new AbortController();
  });
  return {
    signal: () => current.signal,
    isStopping: () => isStopping,
    end(reason) {
      isStopping = true;
      current.abort(reason);
    },
  };
}

/**
 * The ends of the partitions of which a group that begins at the end has not read anything yet. kafkajs by itself would
 * look for the end only at its first fetch, and miss what is published until then.
 */
async function unknownEnds(admin: Admin, { group, from }: SubscribeOptions, topics: string[]): Promise<Place[]> {
  if (from !== 'end') return [];
  const committed = await admin.fetchOffsets({ groupId: group, topics });
  const unknown = committed.map(async ({ topic, partitions }) => {
    const known = new Set(partitions.filter(({ offset }) => Number(offset) >= 0).map(({ partition }) => partition));
    const ends = await admin.fetchTopicOffsets(topic);
    return ends
      .filter(({ partition }) => !known.has(partition))
      .map(({ partition, high }) => ({ topic, partition, offset: high }));
  });
  return (await Promise.all(unknown)).flat();
}

/** Begins at these places, as far as they are this member's, and keeps them as the group's. */
async function beginAt(consumer: Consumer, places: readonly Place[], mine: Assigned): Promise<void> {
  const begun = places.filter(({ topic, partition }) => mine[topic]?.includes(partition));
  if (begun.length === 0) return;
  for (const place of begun) consumer.seek(place);
  await consumer.commitOffsets(begun);
}
