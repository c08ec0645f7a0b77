import type { Admin } from 'kafkajs';
import { DEAD_LETTERS } from '../contract.ts';
import { KEEP_DAYS, KEEP_DEAD_LETTERS_DAYS, PARTITIONS } from '../log.ts';

/** The names of our topics on a broker that others use too. */
const PREFIX = 'entrepot.';
export const toKafkaTopic = (topic: string) => `${PREFIX}${topic}`;
export const fromKafkaTopic = (topic: string) => topic.slice(PREFIX.length);

const DAY_MS = 86_400_000;

/** Makes topics that the cluster does not have, and remembers which it has. */
export function createTopicMaker(connect: () => Promise<Admin>) {
  const known = new Set<string>();
  return async (topics: readonly string[]): Promise<void> => {
    if (topics.every((topic) => known.has(topic))) return;
    const admin = await connect();
    const existing = new Set(await admin.listTopics());
    const missing = [...new Set(topics)].filter((topic) => !existing.has(toKafkaTopic(topic)));
    if (missing.length > 0) await create(admin, missing);
    for (const topic of topics) known.add(topic);
  };
}

async function create(admin: Admin, topics: readonly string[]): Promise<void> {
  // kafkajs speaks a version of CreateTopics in which the broker's own default cannot be asked for.
  const { brokers } = await admin.describeCluster();
  const replicationFactor = Math.min(3, brokers.length);
  // With three copies one broker may be away, and what was acknowledged is on two of them.
  const minInSync = Math.max(1, replicationFactor - 1);
  await admin.createTopics({
    waitForLeaders: true,
    topics: topics.map((topic) => ({
      topic: toKafkaTopic(topic),
      numPartitions: PARTITIONS,
      replicationFactor,
      configEntries: [
        { name: 'retention.ms', value: String((topic === DEAD_LETTERS ? KEEP_DEAD_LETTERS_DAYS : KEEP_DAYS) * DAY_MS) },
        { name: 'min.insync.replicas', value: String(minInSync) },
      ],
    })),
  });
}
