import type { Logger } from '@entrepot/telemetry/logger';
import { Kafka, logLevel } from 'kafkajs';
import { DEAD_LETTERS, TOPICS } from '../contract.ts';
import type { EventLog, Subscription } from '../log.ts';
import { untilItWorks } from '../until-it-works.ts';
import { kafkaLogger } from './kafka-logger.ts';
import { createTopicMaker } from './kafka-topics.ts';
import { measureLag, readPlaces } from './lag.ts';
import { createPublisher } from './publisher.ts';
import { quietTimers } from './quiet-timers.ts';
import { subscribe } from './subscription.ts';

export type KafkaLogOptions = { brokers: string[]; clientId: string; logger: Logger };

/** The event log on Kafka, through kafkajs; only in this folder is kafkajs known. Connects when it is first used. */
export function openKafkaLog({ brokers, clientId, logger }: KafkaLogOptions): EventLog {
  quietTimers();
  const kafka = new Kafka({
    clientId,
    brokers,
    connectionTimeout: 3_000,
    requestTimeout: 10_000,
    // Without it a request that a broker never answers is waited for for ever; and kafkajs sets a negative timer (#1751).
    enforceRequestTimeout: true,
    // What is built on it tries again by itself, and tells: it must not take a minute to find out that no broker is there.
    retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 5 },
    logLevel: logLevel.WARN,
    logCreator: kafkaLogger(logger),
  });
  const admin = kafka.admin();
  const connectAdmin = untilItWorks(async () => {
    await admin.connect();
    return admin;
  });
  const makeTopics = createTopicMaker(connectAdmin);

  const publisher = createPublisher(kafka);
  const subscriptions = new Set<Subscription>();

  return {
    async publish(messages) {
      if (messages.length === 0) return;
      await makeTopics([...TOPICS, DEAD_LETTERS, ...messages.map(({ topic }) => topic)]);
      await publisher.publish(messages);
    },
    async subscribe(options) {
      await makeTopics([...TOPICS, DEAD_LETTERS, ...options.topics]);
      const subscription = await subscribe({ kafka, admin: await connectAdmin(), logger }, options);
      const entry = {
        async stop() {
          subscriptions.delete(entry);
          await subscription.stop();
        },
      };
      subscriptions.add(entry);
      return entry;
    },
    lag: async (group, topics) => measureLag(await connectAdmin(), group, topics),
    places: async (group, topics) => readPlaces(await connectAdmin(), group, topics),
    async ping() {
      await (await connectAdmin()).describeCluster();
    },
    async close() {
      await Promise.all([...subscriptions].map(({ stop }) => stop()));
      await publisher.close();
      await admin.disconnect();
    },
  };
}
