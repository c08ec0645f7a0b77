import type { Envelope } from './contract.ts';

/** An event on its way into the log. A topic that is new is made; an envelope that is text already is passed on as it is. */
export type OutgoingMessage = { readonly topic: string; readonly key: string; readonly envelope: Envelope | string };

/** An event as it lies in the log. */
export type LogMessage = {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly key: string;
  readonly envelope: Envelope;
};

export type BatchContext = {
  /** Aborted when the partition is no longer ours, or we are to stop: what is not begun yet should not be. */
  readonly signal: AbortSignal;
  /** Says that the first `count` messages are done: they do not come again when a later one fails. */
  progress(count: number): Promise<void>;
};

export type SubscribeOptions = {
  /** Members of one group share the partitions; every group sees every message. */
  group: string;
  topics: readonly string[];
  /** Where a group begins that the log does not know yet. */
  from: 'beginning' | 'end';
  /** The group is forgotten when this member stops: for one that is its only member, and takes a new name each time. */
  isTemporary?: boolean;
  /** At most so many messages of one partition at a time. */
  maxBatch?: number;
  /**
   * Handles messages of one partition, in their order; other partitions go on meanwhile. When it resolves they are done;
   * when it throws, those that are not come again after a pause that doubles.
   */
  onBatch: (messages: readonly LogMessage[], context: BatchContext) => Promise<void>;
};

export type Subscription = {
  /** Stops after the running batches, whose progress is kept. */
  stop(): Promise<void>;
};

export type Lag = { topic: string; lag: number };

/** How far a group has got in one partition: the offset of the first message that it has not handled, or that is still there. */
export type GroupPlace = { readonly topic: string; readonly partition: number; readonly next: bigint };

/**
 * A durable log of events, in partitions by key: messages of one key stay in order. Delivery is at least once. Both
 * implementations (`table-log/`, `kafka-log/`) pass the same contract test.
 */
export interface EventLog {
  /** Resolves when the log has all of them durably. */
  publish(messages: readonly OutgoingMessage[]): Promise<void>;
  subscribe(options: SubscribeOptions): Promise<Subscription>;
  /** How many messages a group has not handled yet, by topic. */
  lag(group: string, topics: readonly string[]): Promise<readonly Lag[]>;
  /** Where a group is in these topics, as far as the log knows it. */
  places(group: string, topics: readonly string[]): Promise<readonly GroupPlace[]>;
  /** Rejects with the reason when the log cannot be reached. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export const PARTITIONS = 6;
export const DEFAULT_MAX_BATCH = 200;

/** Days that a message is kept. Inboxes remember for as long, so what comes again is always known. */
export const KEEP_DAYS = 7;
/** People need longer than consumers. */
export const KEEP_DEAD_LETTERS_DAYS = 30;
