import { newUuid, typeId } from '@entrepot/kernel/ids';
import { traceparent } from '@entrepot/telemetry/trace';
import type { z } from 'zod';

/** The topics of the event log. The key of an event decides its partition, and with it what it stays in order with. */
export const TOPICS = ['catalogue', 'stock-levels', 'reservations', 'orders', 'users'] as const;
export type Topic = (typeof TOPICS)[number];

/** Where an event that no consumer could handle goes. */
export const DEAD_LETTERS = 'dead-letters';

/**
 * CloudEvents 1.0 in JSON (github.com/cloudevents/spec), with extension attributes: `traceparent` (of the request that caused
 * it), `purges` (cache tags that it makes stale) and `audience` for readers that know nothing of commerce, `replayfor`.
 */
export type Envelope = {
  specversion: '1.0';
  /** `evt_…`, unique for ever: consumers know a repeated event by it. */
  id: string;
  source: string;
  type: string;
  /** The aggregate it is about. */
  subject: string;
  time: string;
  datacontenttype: 'application/json';
  traceparent?: string;
  purges?: readonly string[];
  /** The users whose own it is, by their ids: who follows whatever is theirs is told. It gives nobody a permission. */
  audience?: readonly string[];
  /** Of a dead letter that is replayed: the consumer that could not handle it, as all the others have. */
  replayfor?: string;
  data: unknown;
};

export type Contract<Data> = {
  /** Name and version, such as `order.placed.v1`. A version never loses or changes a field; it may gain some. */
  readonly type: string;
  readonly topic: Topic;
  readonly schema: z.ZodType<Data>;
  readonly key: (data: Data) => string;
  readonly purges: (data: Data) => readonly string[];
  readonly audience?: (data: Data) => readonly string[];
};

/** An event as a producer hands it to the outbox. */
export type OutboxEvent = {
  readonly topic: Topic;
  readonly key: string;
  readonly uuid: string;
  readonly envelope: Envelope;
};

export function defineEvent<Data>(contract: Contract<Data>): Contract<Data> {
  return contract;
}

/** Makes an event of its data; it carries the current trace on. @throws ZodError when the data break the contract */
export function event<Data>(
  contract: Contract<Data>,
  data: Data,
  { at = new Date() }: { at?: Date } = {},
): OutboxEvent {
  const checked = contract.schema.parse(data);
  const key = contract.key(checked);
  const uuid = newUuid(at);
  const purges = contract.purges(checked);
  const audience = contract.audience?.(checked) ?? [];
  const trace = traceparent();
  const envelope: Envelope = {
    specversion: '1.0',
    id: typeId('evt', uuid),
    source: 'entrepot',
    type: contract.type,
    subject: key,
    time: at.toISOString(),
    datacontenttype: 'application/json',
    ...(trace !== undefined && { traceparent: trace }),
    ...(purges.length > 0 && { purges }),
    ...(audience.length > 0 && { audience }),
    data: checked,
  };
  return { topic: contract.topic, key, uuid, envelope };
}
