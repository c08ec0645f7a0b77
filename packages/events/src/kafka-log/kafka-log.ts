import type { Logger } from '@entrepot/telemetry/logger';
import { type Admin, Kafka, logLevel, Partitioners } from 'kafkajs';
import { DEAD_LETTERS, TOPICS } from '../contract.ts';
import { type EventLog, PARTITIONS, type Subscription } from '../log.ts';
import { subscribe } from './subscription.ts';
import { toKafkaTopic } from './topic-names.ts';

export type KafkaLogOptions = {
  brokers: string[];
  clientId: string;
  logger: Logger;
  /** Further topics than those of the contracts, for tests. */
  topics?: readonly string[];
};

/** The event log on Kafka, through kafkajs; only here is kafkajs known. */
export async function openKafkaLog({ brokers, clientId, logger, topics = [] }: KafkaLogOptions): Promise<EventLog> {
  const kafka = new Kafka({
    clientId,
    brokers,
    connectionTimeout: 3_000,
    requestTimeout: 10_000,
    // Without it a request that a broker never answers is waited for for ever; and kafkajs sets a negative timer (#1751).
    enforceRequestTimeout: true,
    retry: { initialRetryTime: 100, maxRetryTime: 3_000, retries: 8 },
    logLevel: logLevel.WARN,
    logCreator:
      () =>
      ({ log }) =>
        logger.warn({ kafka: log.message, error: log.error }, 'kafka'),
  });
  const admin = kafka.admin();
  await admin.connect();
  await createTopics(admin, [...TOPICS, DEAD_LETTERS, ...topics].map(toKafkaTopic));
  const producer = kafka.producer({
    idempotent: true,
    // More than one request in flight can break the sequence of an idempotent producer (kafkajs#980).
    maxInFlightRequests: 1,
    createPartitioner: Partitioners.DefaultPartitioner,
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 5 },
  });
  await producer.connect();

  let last: Promise<unknown> = Promise.resolve();
  /** One send after the other: the sequence numbers of an idempotent producer must leave in their order. */
  const inTurn = <T>(act: () => Promise<T>): Promise<T> => {
    const mine = last.then(act, act);
    last = mine.catch(() => undefined);
    return mine;
  };
  const subscriptions = new Set<Subscription>();

  return {
    async publish(messages) {
      if (messages.length === 0) return;
      const byTopic = Map.groupBy(messages, ({ topic }) => topic);
      const topicMessages = [...byTopic].map(([topic, of]) => ({
        topic: toKafkaTopic(topic),
        messages: of.map(({ key, envelope }) => ({
          key,
          value: JSON.stringify(envelope),
          headers: { 'content-type': 'application/cloudevents+json' },
        })),
      }));
      await inTurn(() => producer.sendBatch({ acks: -1, topicMessages }));
    },
    async subscribe(options) {
      const subscription = await subscribe({ kafka, admin, logger }, options);
      const entry = {
        stop: async () => {
          subscriptions.delete(entry);
          await subscription.stop();
        },
      };
      subscriptions.add(entry);
      return entry;
    },
    async lag(group, topics) {
      const committed = await admin.fetchOffsets({ groupId: group, topics: topics.map(toKafkaTopic) });
      return Promise.all(
        topics.map(async (topic) => {
          const ends = await admin.fetchTopicOffsets(toKafkaTopic(topic));
          const mine = committed.find((entry) => entry.topic === toKafkaTopic(topic))?.partitions ?? [];
          const lag = ends.reduce((sum, { partition, high, low }) => {
            const at = Number(mine.find((entry) => entry.partition === partition)?.offset ?? -1);
            return sum + Number(high) - (at < 0 ? Number(low) : at);
          }, 0);
          return { topic, lag };
        }),
      );
    },
    async ping() {
      await admin.describeCluster();
    },
    async close() {
      await Promise.all([...subscriptions].map(({ stop }) => stop()));
      await last;
      await producer.disconnect();
      await admin.disconnect();
    },
  };
}

async function createTopics(admin: Admin, topics: readonly string[]): Promise<void> {
  const existing = new Set(await admin.listTopics());
  const missing = topics.filter((topic) => !existing.has(topic));
  if (missing.length === 0) return;
  // kafkajs speaks a version of CreateTopics in which the broker's own default cannot be asked for.
  const { brokers } = await admin.describeCluster();
  const replicationFactor = Math.min(3, brokers.length);
  await admin.createTopics({
    waitForLeaders: true,
    topics: missing.map((topic) => ({ topic, numPartitions: PARTITIONS, replicationFactor })),
  });
}
