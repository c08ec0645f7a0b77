import { PARTITIONS } from './log.ts';

/** FNV-1a over the key. Only the table log uses it; Kafka's own partitioner decides there. */
export function partitionOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  return ((hash ^ (hash >>> 15)) >>> 0) % PARTITIONS;
}
