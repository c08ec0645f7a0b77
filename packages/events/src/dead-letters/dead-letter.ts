import { newUuid, typeId } from '@entrepot/kernel/ids';
import { z } from 'zod';
import { DEAD_LETTERS, type Envelope } from '../contract.ts';
import type { LogMessage, OutgoingMessage } from '../log.ts';

const DEAD = 'entrepot.dead-letter.v1';
const SETTLED = 'entrepot.dead-letter-settled.v1';
const MAX_REASON_CHARS = 2_000;

const DeadLetterData = z.object({
  consumer: z.string(),
  reason: z.string(),
  topic: z.string(),
  partition: z.number(),
  offset: z.string(),
  key: z.string(),
  /** The event as it was; published again it is the same event. */
  envelope: z.record(z.string(), z.unknown()),
});
const SettledData = z.object({ deadLetterId: z.string(), how: z.enum(['replayed', 'discarded']) });

export type DeadLetter = z.infer<typeof DeadLetterData> & { id: string; at: string };

/** What is written for an event that a consumer could not handle. */
export function deadLetter(consumer: string, message: LogMessage, failure: unknown): OutgoingMessage {
  const { topic, partition, offset, key, envelope } = message;
  const reason = (failure instanceof Error ? `${failure.name}: ${failure.message}` : String(failure)).slice(
    0,
    MAX_REASON_CHARS,
  );
  return {
    topic: DEAD_LETTERS,
    key,
    envelope: wrap(DEAD, key, { consumer, reason, topic, partition, offset, key, envelope }),
  };
}

/** What is written when somebody has dealt with a dead letter: the log itself is never changed. */
export function settled(letter: DeadLetter, how: 'replayed' | 'discarded'): OutgoingMessage {
  return {
    topic: DEAD_LETTERS,
    key: letter.key,
    envelope: wrap(SETTLED, letter.key, { deadLetterId: letter.id, how }),
  };
}

/** The dead letters among messages that nobody has dealt with yet, oldest first. */
export function unsettled(messages: readonly LogMessage[]): DeadLetter[] {
  const letters = new Map<string, DeadLetter>();
  const done = new Set<string>();
  for (const { envelope } of messages) {
    if (envelope.type === DEAD)
      letters.set(envelope.id, { ...DeadLetterData.parse(envelope.data), id: envelope.id, at: envelope.time });
    if (envelope.type === SETTLED) done.add(SettledData.parse(envelope.data).deadLetterId);
  }
  return [...letters.values()].filter(({ id }) => !done.has(id)).toSorted((a, b) => (a.at < b.at ? -1 : 1));
}

/** The event of a dead letter, to be published where it came from, for the consumer that could not handle it. */
export function original({ topic, key, envelope, consumer }: DeadLetter): OutgoingMessage {
  return { topic, key, envelope: { ...OriginalEnvelope.parse(envelope), replayfor: consumer } };
}

const OriginalEnvelope: z.ZodType<Envelope> = z.object({
  specversion: z.literal('1.0'),
  id: z.string(),
  source: z.string(),
  type: z.string(),
  subject: z.string(),
  time: z.string(),
  datacontenttype: z.literal('application/json'),
  traceparent: z.string().exactOptional(),
  purges: z.array(z.string()).readonly().exactOptional(),
  audience: z.array(z.string()).readonly().exactOptional(),
  data: z.unknown(),
});

function wrap(type: string, subject: string, data: unknown): Envelope {
  const now = new Date();
  const id = typeId('evt', newUuid(now));
  return {
    specversion: '1.0',
    id,
    source: 'entrepot',
    type,
    subject,
    time: now.toISOString(),
    datacontenttype: 'application/json',
    data,
  };
}
