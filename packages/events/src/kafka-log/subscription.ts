import { sleep } from '@entrepot/kernel/retry';
import type { Logger } from '@entrepot/telemetry/logger';
import type { Admin, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs';
import type { Envelope } from '../contract.ts';
import { DEFAULT_MAX_BATCH, type LogMessage, type SubscribeOptions, type Subscription } from '../log.ts';
import { fromKafkaTopic, toKafkaTopic } from './topic-names.ts';

const SESSION_MS = 15_000;
const MAX_PAUSE_MS = 3_000;

type Deps = { kafka: Kafka; admin: Admin; logger: Logger };

/** Reads as a member of a consumer group; commits an offset only when its batch is done. */
export async function subscribe({ kafka, admin, logger }: Deps, options: SubscribeOptions): Promise<Subscription> {
  const { group, topics, from } = options;
  const kafkaTopics = topics.map(toKafkaTopic);
  if (from === 'end') await beginAtTheEnd(admin, group, kafkaTopics);
  const consumer = kafka.consumer({
    groupId: group,
    sessionTimeout: SESSION_MS,
    rebalanceTimeout: 20_000,
    heartbeatInterval: 1_000,
    // How long the broker holds a fetch that finds nothing: a new message ends it at once.
    maxWaitTimeInMs: 500,
    minBytes: 1,
    // After a crash kafkajs would otherwise give up on some errors, and the process would stand there consuming nothing.
    retry: { initialRetryTime: 100, maxRetryTime: MAX_PAUSE_MS, retries: 10, restartOnFailure: async () => true },
  });
  const stopping = new AbortController();
  await consumer.connect();
  await consumer.subscribe({ topics: kafkaTopics, fromBeginning: true });
  const joined = new Promise<void>((resolve) => consumer.on(consumer.events.GROUP_JOIN, () => resolve()));
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    partitionsConsumedConcurrently: 6,
    eachBatch: (payload) => eachBatch(payload, options, stopping.signal, logger),
  });
  await joined;
  return {
    async stop() {
      stopping.abort();
      await consumer.disconnect();
    },
  };
}

async function eachBatch(
  payload: EachBatchPayload,
  { group, onBatch, maxBatch = DEFAULT_MAX_BATCH }: SubscribeOptions,
  signal: AbortSignal,
  logger: Logger,
): Promise<void> {
  const { batch, isRunning, isStale, heartbeat, resolveOffset, commitOffsetsIfNecessary } = payload;
  const topic = fromKafkaTopic(batch.topic);
  const { partition } = batch;
  const goesOn = () => isRunning() && !isStale() && !signal.aborted;
  for (let start = 0; start < batch.messages.length && goesOn(); start += maxBatch) {
    const chunk = batch.messages.slice(start, start + maxBatch);
    const messages = chunk.map((message) => toMessage(topic, partition, message));
    // A batch that fails comes again: here, and not by throwing, which would make the whole consumer start anew.
    for (let failures = 0; goesOn(); failures++) {
      try {
        await onBatch(messages, { signal });
        break;
      } catch (error) {
        logger.warn({ err: error, group, topic, partition }, 'a batch failed and will come again');
        await heartbeat();
        await sleep(Math.min(MAX_PAUSE_MS, 100 * 2 ** failures) * (0.5 + Math.random() / 2), signal).catch(() => {});
      }
    }
    const last = chunk.at(-1);
    // After a rebalance the partition may be another's: its offset is not ours to move (kafkajs#1046).
    if (!last || !isRunning() || isStale() || signal.aborted) return;
    resolveOffset(last.offset);
    await heartbeat();
    await commitOffsetsIfNecessary({
      topics: [{ topic: batch.topic, partitions: [{ partition, offset: String(BigInt(last.offset) + 1n) }] }],
    });
  }
}

function toMessage(topic: string, partition: number, { key, value, offset }: KafkaMessage): LogMessage {
  const envelope: Envelope = JSON.parse(value?.toString('utf8') ?? 'null');
  return { topic, partition, offset, key: key?.toString('utf8') ?? '', envelope };
}

/**
 * Gives a new group its place at the end of every partition now. kafkajs by itself would look for the end only at its first
 * fetch, and miss what is published until then.
 */
async function beginAtTheEnd(admin: Admin, groupId: string, topics: readonly string[]): Promise<void> {
  const committed = await admin.fetchOffsets({ groupId, topics: [...topics] });
  for (const { topic, partitions } of committed) {
    const unknown = new Set(partitions.filter(({ offset }) => Number(offset) < 0).map(({ partition }) => partition));
    const ends = await admin.fetchTopicOffsets(topic);
    const wanted = ends.filter(({ partition }) => unknown.has(partition) || partitions.length === 0);
    if (wanted.length === 0) continue;
    await admin.setOffsets({
      groupId,
      topic,
      partitions: wanted.map(({ partition, high }) => ({ partition, offset: high })),
    });
  }
}
