import { type Kafka, Partitioners, type Producer } from 'kafkajs';
import { serialise } from '../envelope.ts';
import type { OutgoingMessage } from '../log.ts';
import { untilItWorks } from '../until-it-works.ts';
import { toKafkaTopic } from './kafka-topics.ts';

/** Publishes with an idempotent producer: what it sends twice by itself is in the log once. */
export function createPublisher(kafka: Kafka) {
  const newProducer = () => {
    const producer = kafka.producer({
      idempotent: true,
      // More than one request in flight can break the sequence of an idempotent producer (kafkajs#980).
      maxInFlightRequests: 1,
      createPartitioner: Partitioners.DefaultPartitioner,
    });
    return { producer, connect: untilItWorks(() => producer.connect()) };
  };
  let current = newProducer();
  let last: Promise<unknown> = Promise.resolve();
  /** One send after the other: the sequence numbers must leave in their order. */
  const inTurn = <T>(act: () => Promise<T>): Promise<T> => {
    const mine = last.then(act, act);
    last = mine.catch(() => undefined);
    return mine;
  };

  const send = async (messages: readonly OutgoingMessage[]) => {
    await current.connect();
    try {
      await current.producer.sendBatch({ acks: -1, topicMessages: byTopic(messages) });
    } catch (error) {
      // Whether the broker has them is unknown. To the same producer other messages under the same sequence numbers
      // would look like those, and the broker would drop them: a new producer begins to count anew.
      const failed = current.producer;
      current = newProducer();
      await disconnect(failed);
      throw error;
    }
  };

  return {
    publish: (messages: readonly OutgoingMessage[]) => inTurn(() => send(messages)),
    async close() {
      await last;
      await disconnect(current.producer);
    },
  };
}

async function disconnect(producer: Producer): Promise<void> {
  await producer.disconnect().catch(() => {});
}

function byTopic(messages: readonly OutgoingMessage[]) {
  return [...Map.groupBy(messages, ({ topic }) => topic)].map(([topic, ofTopic]) => ({
    topic: toKafkaTopic(topic),
    messages: ofTopic.map(({ key, envelope }) => ({
      key,
      value: serialise(envelope),
      headers: { 'content-type': 'application/cloudevents+json' },
    })),
  }));
}
