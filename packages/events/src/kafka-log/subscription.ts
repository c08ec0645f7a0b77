import { retry, sleep } from '@entrepot/kernel/retry';
import type { Logger } from '@entrepot/telemetry/logger';
import type { Admin, Consumer, Kafka } from 'kafkajs';
import { backOffMs } from '../back-off.ts';
import type { SubscribeOptions, Subscription } from '../log.ts';
import { type Assignment, createBatchHandler } from './batch.ts';
import { toKafkaTopic } from './kafka-topics.ts';

/** A member that dies without a word is missed after so long. */
const SESSION_MS = 10_000;
/** kafkajs consumers have been seen to stop without a word (#659): one that gives no sign for so long is begun anew. */
const SILENCE_MS = 90_000;

type Deps = { kafka: Kafka; admin: Admin; logger: Logger };
type Place = { topic: string; partition: number; offset: string };
type Assigned = Readonly<Record<string, readonly number[]>>;
type Joined = {
  /** Resolves when it has crashed or gone silent. */
  readonly lost: Promise<string>;
  stop(): Promise<void>;
};

/**
 * Reads as a member of a consumer group; commits an offset only when its messages are done. A consumer that crashes is
 * followed by a new one, from here: kafkajs itself does that on some errors only, and goes on with it after it was stopped.
 */
export async function subscribe({ kafka, admin, logger }: Deps, options: SubscribeOptions): Promise<Subscription> {
  const { group } = options;
  const topics = options.topics.map(toKafkaTopic);
  const join = async () => joinGroup(kafka, topics, options, await unknownEnds(admin, options, topics), logger);
  const stopping = new AbortController();
  const stopped = new Promise<void>((resolve) => stopping.signal.addEventListener('abort', () => resolve()));

  const run = async (first: Joined) => {
    let current: Joined | undefined = first;
    for (let failures = 0; !stopping.signal.aborted; ) {
      try {
        current ??= await join();
        failures = 0;
        const reason = await Promise.race([current.lost, stopped]);
        if (reason !== undefined) logger.error({ group, reason }, 'a consumer was lost and is followed by a new one');
      } catch (error) {
        failures++;
        logger.warn({ err: error, group }, 'cannot join the group; trying again');
        await sleep(backOffMs(failures), stopping.signal).catch(() => {});
      }
      await current?.stop();
      current = undefined;
    }
  };
  // A broker that has just started cannot say for some seconds who coordinates the group.
  const running = run(await retry(join, { attempts: 4, baseDelayMs: 500, maxDelayMs: 2_000, isTransient: () => true }));

  return {
    async stop() {
      stopping.abort();
      await running;
      if (options.isTemporary)
        await admin
          .deleteGroups([group])
          .catch((error: unknown) => logger.warn({ err: error, group }, 'a temporary group is left to retention'));
    },
  };
}

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
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 8, restartOnFailure: async () => false },
  });
  const { CRASH, GROUP_JOIN } = consumer.events;
  const crashed = new Promise<string>((resolve) => consumer.on(CRASH, ({ payload }) => resolve(payload.error.message)));
  const joined = new Promise<Assigned>((resolve) =>
    consumer.on(GROUP_JOIN, ({ payload }) => resolve(payload.memberAssignment)),
  );
  const silence = watchForSilence(consumer);
  const assignment = trackAssignment(consumer);
  const handler = createBatchHandler(options, assignment, logger);
  const stop = async () => {
    silence.stop();
    assignment.end(new Error('the subscription is stopping'));
    handler.stop();
    await consumer.disconnect().catch((error: unknown) => logger.warn({ err: error }, 'a consumer ended badly'));
  };
  try {
    await consumer.connect();
    await consumer.subscribe({ topics, fromBeginning: options.from === 'beginning' });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: 6,
      eachBatch: handler.eachBatch,
    });
    // A crash on the way into the group is told by its event only.
    const mine = await Promise.race([joined, crashed]);
    if (typeof mine === 'string') throw new Error(mine);
    await beginAt(consumer, ends, mine);
  } catch (error) {
    await stop();
    throw error;
  }
  return { lost: Promise.race([crashed, silence.noticed]), stop };
}

function watchForSilence(consumer: Consumer): { noticed: Promise<string>; stop(): void } {
  let sign = performance.now();
  const { FETCH, HEARTBEAT, GROUP_JOIN, END_BATCH_PROCESS } = consumer.events;
  for (const event of [FETCH, HEARTBEAT, GROUP_JOIN, END_BATCH_PROCESS] as const)
    consumer.on(event, () => {
      sign = performance.now();
    });
  const { promise, resolve } = Promise.withResolvers<string>();
  const timer = setInterval(() => {
    if (performance.now() - sign > SILENCE_MS) resolve(`it gave no sign for ${SILENCE_MS / 1_000} s`);
  }, SILENCE_MS / 6);
  return { noticed: promise, stop: () => clearInterval(timer) };
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
