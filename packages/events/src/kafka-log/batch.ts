import type { Logger } from '@entrepot/telemetry/logger';
import type { EachBatchPayload, KafkaMessage } from 'kafkajs';
import { backOffMs } from '../back-off.ts';
import { parseEnvelope } from '../envelope.ts';
import { DEFAULT_MAX_BATCH, type LogMessage, type SubscribeOptions } from '../log.ts';
import { fromKafkaTopic } from './kafka-topics.ts';

export type Assignment = {
  /** Aborted when the group has shared out its partitions anew, or the member stops. */
  signal(): AbortSignal;
  /** Whether it ends because the member stops: what was done may still be committed then. */
  isStopping(): boolean;
};

/** Hands what kafkajs has fetched to `onBatch`, in bounded pieces, and commits what is done. */
export function createBatchHandler(options: SubscribeOptions, assignment: Assignment, logger: Logger) {
  const { group, onBatch, maxBatch = DEFAULT_MAX_BATCH } = options;
  const failures = new Map<string, number>();
  const resting = new Set<NodeJS.Timeout>();

  const eachBatch = async (payload: EachBatchPayload) => {
    const { batch, isRunning, isStale, heartbeat, pause, resolveOffset, commitOffsetsIfNecessary } = payload;
    const { partition } = batch;
    const slot = `${batch.topic}/${partition}`;
    const signal = assignment.signal();
    const messages = batch.messages.map((message) => toMessage(batch.topic, partition, message));
    let done = 0;
    let committed = 0;
    let disturbance: { error: unknown } | undefined;

    const commit = async () => {
      const last = messages[done - 1];
      if (!last || done === committed || (signal.aborted && !assignment.isStopping())) return;
      committed = done;
      resolveOffset(last.offset);
      const offset = String(BigInt(last.offset) + 1n);
      await commitOffsetsIfNecessary({ topics: [{ topic: batch.topic, partitions: [{ partition, offset }] }] });
    };
    /** kafkajs sends heartbeats only when asked to, between messages; by one it learns of a new sharing out. */
    const beat = async () => {
      if (signal.aborted) return;
      await heartbeat().catch((error: unknown) => {
        disturbance = { error };
        throw error;
      });
    };

    while (done < messages.length && isRunning() && !isStale() && !signal.aborted) {
      const start = done;
      const piece = messages.slice(start, start + maxBatch);
      const progress = async (count: number) => {
        done = start + count;
        failures.delete(slot);
        await beat();
      };
      try {
        await onBatch(piece, { signal, progress });
        done = start + piece.length;
        failures.delete(slot);
      } catch (error) {
        await commit();
        if (disturbance) throw disturbance.error;
        if (signal.aborted) return;
        const failed = (failures.get(slot) ?? 0) + 1;
        failures.set(slot, failed);
        // The partition rests and the others go on. Throwing would make the whole consumer begin anew.
        const resume = pause();
        const timer = setTimeout(() => {
          resting.delete(timer);
          resume();
        }, backOffMs(failed));
        resting.add(timer);
        const topic = fromKafkaTopic(batch.topic);
        logger.warn({ err: error, group, topic, partition }, 'events could not be handled and will come again');
        return;
      }
      await commit();
      await beat();
    }
  };

  return {
    eachBatch,
    stop() {
      for (const timer of resting) clearTimeout(timer);
    },
  };
}

function toMessage(topic: string, partition: number, { key, value, offset }: KafkaMessage): LogMessage {
  const envelope = parseEnvelope(value?.toString('utf8'));
  return { topic: fromKafkaTopic(topic), partition, offset, key: key?.toString('utf8') ?? '', envelope };
}
