import type { Admin } from 'kafkajs';
import type { GroupPlace, Lag } from '../log.ts';
import { fromKafkaTopic, toKafkaTopic } from './kafka-topics.ts';

/** How far a group is from the end of each topic; a partition of which it has read nothing counts as a whole. */
export async function measureLag(admin: Admin, groupId: string, topics: readonly string[]): Promise<Lag[]> {
  const committed = await admin.fetchOffsets({ groupId, topics: topics.map(toKafkaTopic) });
  return Promise.all(
    committed.map(async ({ topic, partitions }) => {
      const ends = await admin.fetchTopicOffsets(topic);
      const lags = ends.map(({ partition, high, low }) => {
        const offset = Number(partitions.find((entry) => entry.partition === partition)?.offset ?? -1);
        return Number(high) - Math.max(offset, Number(low));
      });
      return { topic: fromKafkaTopic(topic), lag: lags.reduce((sum, lag) => sum + lag, 0) };
    }),
  );
}

export async function readPlaces(admin: Admin, groupId: string, topics: readonly string[]): Promise<GroupPlace[]> {
  const committed = await admin.fetchOffsets({ groupId, topics: topics.map(toKafkaTopic) });
  const places = committed.map(async ({ topic, partitions }) => {
    const ends = await admin.fetchTopicOffsets(topic);
    return (
      partitions
        // -1 is none.
        .filter(({ offset }) => Number(offset) >= 0)
        .map(({ partition, offset }) => {
          const low = ends.find((end) => end.partition === partition)?.low ?? '0';
          const next = BigInt(offset) > BigInt(low) ? BigInt(offset) : BigInt(low);
          return { topic: fromKafkaTopic(topic), partition, next };
        })
    );
  });
  return (await Promise.all(places)).flat();
}
