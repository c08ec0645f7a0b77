import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '@entrepot/database/free-port';
import { startKafka } from '@entrepot/servers/kafka';
import { describeWith } from '@entrepot/testing/servers';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { expect, it, onTestFinished } from 'vitest';
import { quietTimers } from '../src/kafka-log/quiet-timers.ts';
import { openEventLog } from '../src/open-event-log.ts';
import { messages, once, placesOf, range, read, silent, unique } from './fixture.ts';

quietTimers();
// After an outage the group waits for its member from before, until that one's session ends.
const WAIT = { timeout: 60_000, interval: 50 };

async function openLog(brokers: string) {
  const log = await openEventLog({ KAFKA_BROKERS: brokers }, 'test', silent);
  const close = once(() => log.close());
  onTestFinished(close);
  return { ...log, close };
}

// Kafka 4 dropped old versions of its protocol, and kafkajs is not developed any more: that they still understand each
// other is to stay a tested fact.
describeWith('kafka', 'kafkajs and this broker', (brokers) => {
  const connect = () => new Kafka({ brokers: [brokers], clientId: 'raw', logLevel: logLevel.NOTHING });

  it('understand each other in everything the log needs', async () => {
    const kafka = connect();
    const [topic, groupId] = [unique('raw'), unique('raw')];
    const admin = kafka.admin();
    await admin.connect();
    onTestFinished(() => admin.disconnect());
    await admin.createTopics({ waitForLeaders: true, topics: [{ topic, numPartitions: 2, replicationFactor: 1 }] });
    expect(await admin.listTopics()).toContain(topic);

    const createPartitioner = Partitioners.DefaultPartitioner;
    const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, createPartitioner });
    await producer.connect();
    onTestFinished(() => producer.disconnect());
    await producer.send({ topic, acks: -1, messages: range(10).map((place) => ({ key: 'a', value: `${place}` })) });

    const consumer = kafka.consumer({ groupId });
    await consumer.connect();
    const seen: string[] = [];
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({ eachMessage: async ({ message }) => void seen.push(String(message.value)) });
    await expect.poll(() => seen, WAIT).toEqual(range(10).map(String));
    await consumer.disconnect();

    const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] });
    expect(committed?.partitions.map(({ offset }) => offset)).toContain('10');
    await admin.deleteGroups([groupId]);
    await admin.deleteTopics({ topics: [topic] });
    await expect.poll(() => admin.listTopics(), WAIT).not.toContain(topic);
  });

  it('go on behind foreign bytes in a topic', async () => {
    const log = await openLog(brokers);
    const topic = unique('topic');
    await log.publish(messages(topic, 'a', 1));
    const producer = connect().producer({ createPartitioner: Partitioners.DefaultPartitioner });
    await producer.connect();
    onTestFinished(() => producer.disconnect());
    await producer.send({
      topic: `entrepot.${topic}`,
      messages: [{ key: 'a', value: Buffer.from([0xff, 0xfe]) }, { key: 'a', value: null }, { value: 'text' }],
    });
    await log.publish(messages(topic, 'a', 1, 1));
    const reader = await read(log, { group: unique('group'), topics: [topic] });
    await expect
      .poll(() => placesOf(reader.seen, 'a').filter((data) => typeof data === 'number'), WAIT)
      .toEqual([0, 1]);
  });

  it('bring events across an outage of the broker, in their order', { timeout: 150_000 }, async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'entrepot-outage-'));
    onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
    const options = { dataDir, port: await freePort() };
    let broker = await start(options);
    onTestFinished(() => broker.stop());
    const log = await openLog(broker.brokers);
    const topic = unique('topic');
    const reader = await read(log, { group: unique('group'), topics: [topic] });
    await log.publish(messages(topic, 'a', 3));
    await expect.poll(() => placesOf(reader.seen, 'a'), WAIT).toEqual(range(3));

    await broker.stop();
    await expect(log.publish(messages(topic, 'a', 3, 3))).rejects.toThrow();
    await expect(log.ping()).rejects.toThrow();
    broker = await start(options);
    await log.publish(messages(topic, 'a', 3, 3));
    await expect.poll(() => placesOf(reader.seen, 'a'), WAIT).toEqual(range(6));
  });
});

async function start(options: { dataDir: string; port: number }) {
  const broker = await startKafka(options);
  if ('unavailable' in broker) throw new Error(broker.unavailable);
  return broker;
}
