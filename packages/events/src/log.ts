import type { Envelope } from './contract.ts';

/** An event on its way into the log. */
export type OutgoingMessage = { readonly topic: string; readonly key: string; readonly envelope: Envelope };

/** An event as it lies in the log. */
export type LogMessage = OutgoingMessage & { readonly partition: number; readonly offset: string };

export type SubscribeOptions = {
  /** Members of one group share the partitions; every group sees every message. */
  group: string;
  topics: readonly string[];
  /** Where a group begins that the log does not know yet. */
  from: 'beginning' | 'end';
  /** At most so many messages of one partition at a time. */
  maxBatch?: number;
  /**
   * Handles messages of one partition, in their order. When it resolves they are done; when it throws, the same messages
   * come again after a pause.
   */
  onBatch: (messages: readonly LogMessage[], context: { signal: AbortSignal }) => Promise<void>;
};

export type Subscription = {
  /** Stops after the running batch. */
  stop(): Promise<void>;
};

export type Lag = { topic: string; lag: number };

/**
 * A durable log of events, in partitions by key: messages of one key stay in order. Delivery is at least once. Both
 * implementations (`table-log.ts`, `kafka-log.ts`) pass the same contract test.
 */
export interface EventLog {
  /** Resolves when the log has all of them durably. */
  publish(messages: readonly OutgoingMessage[]): Promise<void>;
  subscribe(options: SubscribeOptions): Promise<Subscription>;
  /** How many messages a group has not handled yet, by topic. */
  lag(group: string, topics: readonly string[]): Promise<readonly Lag[]>;
  /** Rejects with the reason when the log cannot be reached. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export const PARTITIONS = 6;
export const DEFAULT_MAX_BATCH = 200;
