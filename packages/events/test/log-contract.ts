import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { PARTITIONS } from '../src/log.ts';
import type { EventLogConfig } from '../src/open-event-log.ts';
import { openEventLog } from '../src/open-event-log.ts';
import { message, messages, once, placesOf, range, read, silent, unique } from './fixture.ts';

const WAIT = { timeout: 15_000, interval: 20 };
const eventually = <T>(look: () => T | Promise<T>) => expect.poll(look, WAIT);

/** What every event log promises. */
export function itKeepsTheContract(config: () => EventLogConfig): void {
  const open = async () => {
    const log = await openEventLog(config(), unique('client'), silent);
    const close = once(() => log.close());
    onTestFinished(close);
    return { ...log, close };
  };

  it('delivers every message once while nothing fails, those of a key in their order', async () => {
    const log = await open();
    const topic = unique('topic');
    const keys = range(20).map((index) => `key-${index}`);
    const reader = await read(log, { group: unique('group'), topics: [topic] });
    for (const place of range(15)) await log.publish(keys.map((key) => message(topic, key, place)));
    await eventually(() => reader.seen.length).toBe(300);
    for (const key of keys) expect(placesOf(reader.seen, key)).toEqual(range(15));
    expect(new Set(reader.seen.map(({ partition }) => partition)).size).toBe(PARTITIONS);
    expect(new Set(reader.seen.map(({ partition, offset }) => `${partition}/${offset}`)).size).toBe(300);
  });

  it('keeps the order of each of several publishers at once, and loses nothing of them', async () => {
    const [one, two] = await Promise.all([open(), open()]);
    const topic = unique('topic');
    const reader = await read(one, { group: unique('group'), topics: [topic] });
    const publishers = range(6).map(async (index) => {
      for (const place of range(20)) {
        const batch = range(3).map((key) => message(topic, `key-${index}-${key}`, place));
        await (index % 2 === 0 ? one : two).publish(batch);
      }
    });
    await Promise.all(publishers);
    await eventually(() => reader.seen.length).toBe(360);
    for (const index of range(6)) expect(placesOf(reader.seen, `key-${index}-1`)).toEqual(range(20));
  });

  it('gives an envelope back as it was', async () => {
    const log = await open();
    const topic = unique('topic');
    const given = message(topic, 'käse 🧀', 1);
    const full = { ...given.envelope, traceparent: 'a', purges: ['b'], data: { text: '"\\ \u2028 ü', deep: [null] } };
    const reader = await read(log, { group: unique('group'), topics: [topic] });
    await log.publish([{ ...given, envelope: full }]);
    await eventually(() => reader.seen).toMatchObject([{ topic, key: 'käse 🧀', envelope: full }]);
  });

  it('shows every message to every group', async () => {
    const log = await open();
    const topic = unique('topic');
    const readers = await Promise.all(range(2).map(() => read(log, { group: unique('group'), topics: [topic] })));
    await log.publish(messages(topic, 'a', 5));
    for (const reader of readers) await eventually(() => placesOf(reader.seen, 'a')).toEqual(range(5));
  });

  it('shows a group that begins at the end what comes after it began, all of it, and nothing older', async () => {
    const log = await open();
    const topic = unique('topic');
    await log.publish(range(12).map((key) => message(topic, `key-${key}`, 0)));
    const reader = await read(log, { group: unique('group'), topics: [topic], from: 'end' });
    await log.publish(range(12).map((key) => message(topic, `key-${key}`, 1)));
    await eventually(() => reader.seen.length).toBe(12);
    expect(reader.seen.map(({ envelope }) => envelope.data)).toEqual(range(12).map(() => 1));
  });

  it('goes on after a restart where the group had got to', async () => {
    const [topic, group] = [unique('topic'), unique('group')];
    const before = await open();
    await before.publish(messages(topic, 'a', 10));
    const first = await read(before, { group, topics: [topic] });
    await eventually(() => first.seen.length).toBe(10);
    await before.close();

    const after = await open();
    await after.publish(messages(topic, 'a', 5, 10));
    const second = await read(after, { group, topics: [topic] });
    await eventually(() => placesOf(second.seen, 'a')).toEqual(range(5, 10));
    await eventually(() => after.lag(group, [topic])).toEqual([{ topic, lag: 0 }]);
  });

  it('tells how far a group is behind', async () => {
    const log = await open();
    const [topic, group] = [unique('topic'), unique('group')];
    await log.publish(messages(topic, 'a', 3));
    expect(await log.lag(group, [topic])).toEqual([{ topic, lag: 3 }]);
    await read(log, { group, topics: [topic] });
    await eventually(() => log.lag(group, [topic])).toEqual([{ topic, lag: 0 }]);
  });

  it('tells where a group is, in each partition, also where nothing has come yet', async () => {
    const log = await open();
    const [topic, group] = [unique('topic'), unique('group')];
    await log.publish(messages(topic, 'a', 3));
    const reader = await read(log, { group, topics: [topic], from: 'end' });
    const total = async () => (await log.places(group, [topic])).reduce((sum, { next }) => sum + Number(next), 0);
    await eventually(async () => (await log.places(group, [topic])).length).toBe(PARTITIONS);
    expect(await total()).toBe(3);
    await log.publish(messages(topic, 'a', 2, 3));
    await eventually(() => reader.seen.length).toBe(2);
    await eventually(total).toBe(5);
    expect(await log.places(unique('group'), [topic])).toEqual([]);
  });

  it('never hands over more than is wanted at a time, nor of two partitions together', async () => {
    const log = await open();
    const topic = unique('topic');
    await log.publish([...messages(topic, 'a', 30), ...messages(topic, 'b', 30), ...messages(topic, 'c', 30)]);
    const reader = await read(log, { group: unique('group'), topics: [topic], maxBatch: 7 });
    await eventually(() => reader.seen.length).toBe(90);
    expect(Math.max(...reader.batches.map(({ length }) => length))).toBe(7);
    for (const batch of reader.batches) expect(new Set(batch.map(({ partition }) => partition)).size).toBe(1);
  });

  it('brings messages again that could not be handled, from the first that is not done, and before any later one', async () => {
    const log = await open();
    const topic = unique('topic');
    const tries: unknown[][] = [];
    const handled: unknown[] = [];
    const handle = async ({ envelope }: { envelope: { data: unknown } }) => {
      if (envelope.data === 2 && tries.length < 3) throw new Error('not yet');
      handled.push(envelope.data);
    };
    await log.publish(messages(topic, 'a', 5));
    await read(log, {
      group: unique('group'),
      topics: [topic],
      async onBatch(batch, { progress }) {
        tries.push(batch.map(({ envelope }) => envelope.data));
        for (const [index, each] of batch.entries()) {
          await handle(each);
          await progress(index + 1);
        }
      },
    });
    await eventually(() => handled).toEqual(range(5));
    expect(tries).toEqual([range(5), range(3, 2), range(3, 2)]);
  });

  it('lets other partitions go on while one has a message that cannot be handled', async () => {
    const log = await open();
    const topic = unique('topic');
    const seen: string[] = [];
    let isMended = false;
    await read(log, {
      group: unique('group'),
      topics: [topic],
      async onBatch(batch) {
        if (batch.some(({ key }) => key === 'key-0') && !isMended) throw new Error('poison');
        seen.push(...batch.map(({ key }) => key));
      },
    });
    const keys = range(30).map((index) => `key-${index}`);
    await log.publish([message(topic, 'key-0', 0)]);
    for (const key of keys.slice(1)) await log.publish([message(topic, key, 0)]);
    await eventually(() => seen.length).toBeGreaterThan(15);
    expect(seen).not.toContain('key-0');
    isMended = true;
    await eventually(() => new Set(seen).size).toBe(30);
  });

  it('finishes the running batch when it is closed, and keeps its progress', async () => {
    const [topic, group] = [unique('topic'), unique('group')];
    const log = await open();
    const began = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    const handled: unknown[] = [];
    await read(log, {
      group,
      topics: [topic],
      maxBatch: 2,
      async onBatch(batch) {
        began.resolve();
        await finish.promise;
        handled.push(...batch.map(({ envelope }) => envelope.data));
      },
    });
    await log.publish(messages(topic, 'a', 6));
    await began.promise;
    const closing = log.close();
    finish.resolve();
    await closing;
    expect(handled.length).toBeGreaterThan(0);

    const next = await read(await open(), { group, topics: [topic] });
    await eventually(() => [...handled, ...placesOf(next.seen, 'a')]).toEqual(range(6));
  });

  it('shares the partitions among the members of a group, and shares them anew when one leaves', async () => {
    const [topic, group] = [unique('topic'), unique('group')];
    const [one, two] = await Promise.all([open(), open()]);
    const first = await read(one, { group, topics: [topic] });
    const second = await read(two, { group, topics: [topic] });
    const keys = range(40).map((index) => `key-${index}`);
    let place = 0;
    const publish = () => one.publish(keys.map((key) => message(topic, key, place++)));
    await eventually(async () => {
      await publish();
      return first.seen.length > 0 && second.seen.length > 0;
    }).toBe(true);

    const before = place;
    await publish();
    await two.close();
    await publish();
    const all = () => new Set([...first.seen, ...second.seen].map(({ envelope }) => envelope.data)).size;
    await eventually(all).toBe(place);
    expect(place).toBeGreaterThan(before);
    await eventually(() => one.lag(group, [topic])).toEqual([{ topic, lag: 0 }]);
  });

  it('hands on what a member held that died without a word', { timeout: 60_000 }, async () => {
    const [topic, group] = [unique('topic'), unique('group')];
    const log = await open();
    await log.publish(range(12).map((key) => message(topic, `key-${key}`, 0)));
    await killWhileHandling(config(), group, topic);

    const heir = await read(log, { group, topics: [topic] });
    await expect.poll(() => new Set(heir.seen.map(({ key }) => key)).size, { timeout: 40_000 }).toBe(12);
  });

  it('rejects when asked whether it is there, and is not', { timeout: 60_000 }, async () => {
    const nowhere = config().KAFKA_BROKERS
      ? { KAFKA_BROKERS: '127.0.0.1:1' }
      : { EVENTS_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' };
    const log = await openEventLog(nowhere, 'nowhere', silent);
    await expect(log.ping()).rejects.toThrow();
    await expect(log.publish(messages('any', 'a', 1))).rejects.toThrow();
    await log.close();
  });
}

/** Has another process read, and kills it in the middle of its first batch. */
async function killWhileHandling(config: EventLogConfig, group: string, topic: string): Promise<void> {
  const script = fileURLToPath(new URL('member-process.ts', import.meta.url));
  const child = spawn(process.execPath, [script, JSON.stringify({ config, group, topic })], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.once('exit', () => reject(new Error('the member ended before it had anything to handle')));
  });
  child.removeAllListeners('exit');
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}
