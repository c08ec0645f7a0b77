import { randomUUID } from 'node:crypto';
import { newUuid, typeId } from '@entrepot/kernel/ids';
import { createLogger } from '@entrepot/telemetry/logger';
import { onTestFinished } from 'vitest';
import type { Envelope } from '../src/contract.ts';
import type { EventLog, LogMessage, SubscribeOptions, Subscription } from '../src/log.ts';

export const silent = createLogger({ service: 'test', level: 'silent' });
export const unique = (name: string) => `${name}-${randomUUID().slice(-12)}`;

/** An event of no contract, which tells its place among those of its key. */
export function message(topic: string, key: string, place: number): { topic: string; key: string; envelope: Envelope } {
  const id = typeId('evt', newUuid());
  return {
    topic,
    key,
    envelope: {
      specversion: '1.0',
      id,
      source: 'test',
      type: 'test.v1',
      subject: key,
      time: new Date().toISOString(),
      datacontenttype: 'application/json',
      data: place,
    },
  };
}

/** `count` messages of one key. */
export const messages = (topic: string, key: string, count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => message(topic, key, from + index));

export type Reader = Subscription & {
  readonly seen: LogMessage[];
  readonly batches: (readonly LogMessage[])[];
};

/** Reads and remembers, until the test ends. */
export async function read(
  log: EventLog,
  options: Omit<SubscribeOptions, 'onBatch' | 'from'> & Partial<SubscribeOptions>,
): Promise<Reader> {
  const seen: LogMessage[] = [];
  const batches: (readonly LogMessage[])[] = [];
  const subscription = await log.subscribe({
    from: 'beginning',
    async onBatch(batch) {
      batches.push(batch);
      seen.push(...batch);
    },
    ...options,
  });
  const stop = once(() => subscription.stop());
  onTestFinished(stop);
  return { seen, batches, stop };
}

/** What was seen of a key, in the order in which it was seen. */
export const placesOf = (seen: readonly LogMessage[], key: string) =>
  seen.filter((each) => each.key === key).map(({ envelope }) => envelope.data);

/** The numbers from `from` on. */
export const range = (count: number, from = 0) => Array.from({ length: count }, (_, index) => from + index);

export function once(act: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= act();
    return done;
  };
}
