import { createRegistry } from '@entrepot/telemetry/metrics';
import { currentTrace, runWithTrace } from '@entrepot/telemetry/trace';
import { createTestDatabase, type TestDatabase } from '@entrepot/testing/test-database';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type ConsumerOptions, startConsumer } from '../src/consumer.ts';
import type { OutboxEvent } from '../src/contract.ts';
import { OrderCancelled, OrderPaid } from '../src/contracts/orders.ts';
import { runCommand } from '../src/dead-letters/command.ts';
import { readDeadLetters } from '../src/dead-letters/read.ts';
import { meaning, on, onAny, onMany } from '../src/handlers.ts';
import type { EventLog, OutgoingMessage } from '../src/log.ts';
import { once, range, silent, unique } from './fixture.ts';
import { cancelled, newOrderId, openLog, paid } from './shop.ts';

const WAIT = { timeout: 15_000, interval: 20 };
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase('empty');
});
afterAll(() => database.drop());

/** An event on a topic of the test's own. */
const onTopic = (topic: string, { key, envelope }: OutboxEvent): OutgoingMessage => ({ topic, key, envelope });

async function consume(options: Omit<ConsumerOptions, 'name' | 'logger' | 'registry'> & Partial<ConsumerOptions>) {
  const registry = createRegistry('test');
  const name = unique('consumer');
  const consumer = await startConsumer({ name, logger: silent, registry, ...options });
  const stop = once(() => consumer.stop());
  onTestFinished(stop);
  return { name: options.name ?? name, registry, stop };
}
async function lettersOf(log: EventLog, consumer: string) {
  return (await readDeadLetters(log)).filter((letter) => letter.consumer === consumer);
}

describe('a consumer', () => {
  it('hands over checked events in the trace that caused them, and skips what nobody handles', async () => {
    const log = await openLog(database.url);
    const topic = unique('topic');
    const traces: unknown[] = [];
    const reasons: string[] = [];
    const { registry, name } = await consume({
      log,
      topics: [topic],
      handlers: [
        on(OrderCancelled, async ({ data }) => {
          traces.push(currentTrace()?.traceId);
          reasons.push(data.reason);
        }),
      ],
    });
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const placed = runWithTrace(`00-${traceId}-b7ad6b7169203331-01`, () => cancelled(newOrderId(), 'mind'));
    await log.publish([onTopic(topic, placed), onTopic(topic, paid(newOrderId()))]);
    await expect
      .poll(() => registry.metrics(), WAIT)
      .toContain(`consumer="${name}",outcome="skipped",service="test"} 1`);
    await expect.poll(() => reasons, WAIT).toEqual(['mind']);
    expect(traces).toEqual([traceId]);
    expect(await registry.metrics()).toMatch(new RegExp(`consumer_lag\\{group="${name}".*\\} 0`));
  });

  it('hands over runs of events together, in their order, whatever lies between', async () => {
    const log = await openLog(database.url);
    const topic = unique('topic');
    const orderId = newOrderId();
    const events = [cancelled(orderId, '0'), paid(orderId), cancelled(orderId, '1'), cancelled(orderId, '2')];
    await log.publish(events.map((each) => onTopic(topic, each)));
    const runs: string[][] = [];
    await consume({
      log,
      topics: [topic],
      handlers: [onMany(OrderCancelled, async (run) => void runs.push(run.map(({ data }) => data.reason)))],
    });
    await expect.poll(() => runs, WAIT).toEqual([['0', '1', '2']]);

    const mixed: string[][] = [];
    const meanings = [meaning(OrderCancelled, ({ reason }) => reason), meaning(OrderPaid, () => 'paid')];
    await consume({
      log,
      topics: [topic],
      handlers: [onAny(meanings, async (run) => void mixed.push(run.map(({ value }) => value)))],
    });
    await expect.poll(() => mixed, WAIT).toEqual([['0', 'paid', '1', '2']]);
  });

  it('buries an event that keeps failing within seconds, alone, and goes on', async () => {
    const log = await openLog(database.url);
    const topic = unique('topic');
    const orderId = newOrderId();
    const handled: string[] = [];
    const { name, registry } = await consume({
      log,
      topics: [topic],
      handlers: [
        onMany(OrderCancelled, async (run) => {
          if (run.some(({ data }) => data.reason === '2')) throw new Error('poison');
          handled.push(...run.map(({ data }) => data.reason));
        }),
      ],
    });
    const began = performance.now();
    await log.publish(range(5).map((place) => onTopic(topic, cancelled(orderId, `${place}`))));
    await expect.poll(() => handled, WAIT).toEqual(['0', '1', '3', '4']);
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(await lettersOf(log, name)).toMatchObject([{ reason: 'Error: poison', topic, key: orderId }]);
    const metrics = await registry.metrics();
    expect(metrics).toContain(`dead_letters_total{consumer="${name}",service="test"} 1`);
    expect(metrics).toContain(`consumer="${name}",outcome="handled",service="test"} 4`);
  });

  it('buries at once what breaks its contract, and lets what is no event pass', async () => {
    const log = await openLog(database.url);
    const topic = unique('topic');
    const good = cancelled(newOrderId(), 'good');
    const broken = { ...good.envelope, data: { orderId: 7 } };
    const handled: string[] = [];
    let runs = 0;
    const { name } = await consume({
      log,
      topics: [topic],
      handlers: [
        onMany(OrderCancelled, async (run) => {
          runs++;
          handled.push(...run.map(({ data }) => data.reason));
        }),
      ],
    });
    await log.publish([
      onTopic(topic, good),
      { topic, key: good.key, envelope: broken },
      { topic, key: good.key, envelope: 'no json at all' },
      { topic, key: good.key, envelope: 'null' },
      onTopic(topic, cancelled(good.key, 'too')),
    ]);
    await expect.poll(() => handled, WAIT).toEqual(['good', 'too']);
    expect(runs).toBe(2);
    expect(await lettersOf(log, name)).toMatchObject([{ envelope: broken }]);
  });

  it('waits, and buries nothing, while what its handler needs is away', async () => {
    const log = await openLog(database.url);
    const topic = unique('topic');
    let tries = 0;
    const handled: string[] = [];
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const { name } = await consume({
      log,
      topics: [topic],
      attempts: 2,
      handlers: [
        on(OrderCancelled, async ({ data }) => {
          if (tries++ < 4) throw new Error('could not save', { cause: refused });
          handled.push(data.reason);
        }),
      ],
    });
    await log.publish([onTopic(topic, cancelled(newOrderId(), 'patient'))]);
    await expect.poll(() => handled, WAIT).toEqual(['patient']);
    expect(await lettersOf(log, name)).toEqual([]);
  });

  it('is started while its log is away, and subscribes when it is back', async () => {
    const log = await openLog(database.url);
    const topic = unique('topic');
    let isAway = true;
    const flaky: EventLog = {
      ...log,
      subscribe: (options) => (isAway ? Promise.reject(new Error('no broker')) : log.subscribe(options)),
    };
    const handled: string[] = [];
    const handlers = [on(OrderCancelled, async ({ data }) => void handled.push(data.reason))];
    await consume({ log: flaky, topics: [topic], handlers });
    await log.publish([onTopic(topic, cancelled(newOrderId(), 'kept'))]);
    isAway = false;
    await expect.poll(() => handled, WAIT).toEqual(['kept']);
  });
});

describe('the dead-letters command', () => {
  /** Two consumers, one of which cannot handle anything until `mend`. */
  async function withDeadLetter(log: EventLog) {
    const topic = unique('topic');
    const handled: string[] = [];
    let isMended = false;
    const failing = await consume({
      log,
      topics: [topic],
      attempts: 1,
      handlers: [
        on(OrderCancelled, async ({ id }) => {
          if (!isMended) throw new Error('not yet');
          handled.push(`failing ${id}`);
        }),
      ],
    });
    await consume({
      log,
      topics: [topic],
      handlers: [on(OrderCancelled, async ({ id }) => void handled.push(`other ${id}`))],
    });
    const { envelope, key } = cancelled(newOrderId());
    await log.publish([{ topic, key, envelope }]);
    await expect.poll(async () => (await lettersOf(log, failing.name)).length, WAIT).toBe(1);
    const [letter] = await lettersOf(log, failing.name);
    return { id: letter?.id ?? '', name: failing.name, envelope, handled, mend: () => (isMended = true) };
  }
  const run = async (log: EventLog, ...args: string[]) => {
    const lines: string[] = [];
    const code = await runCommand(args, log, (line) => lines.push(line));
    return { code, text: lines.join('\n') };
  };

  it('lists and shows them', async () => {
    const log = await openLog(database.url);
    const { id, name, envelope } = await withDeadLetter(log);
    const list = await run(log, 'list');
    expect(list.code).toBe(0);
    expect(list.text).toContain([name, 'order.cancelled.v1', envelope.subject, 'Error: not yet'].join('\t'));
    expect(JSON.parse((await run(log, 'show', id)).text)).toMatchObject({ id, consumer: name, envelope });
  });

  it('replays one to the consumer that failed and to no other, once', async () => {
    const log = await openLog(database.url);
    const { id, envelope, handled, mend } = await withDeadLetter(log);
    mend();
    expect(await run(log, 'replay', id)).toMatchObject({ code: 0, text: 'replayed 1' });
    await expect.poll(() => handled.toSorted(), WAIT).toEqual([`failing ${envelope.id}`, `other ${envelope.id}`]);
    expect((await run(log, 'replay', id)).code).toBe(1);
    expect((await run(log, 'list')).text).not.toContain(id);
  });

  it('discards one', async () => {
    const log = await openLog(database.url);
    const { id, name } = await withDeadLetter(log);
    expect((await run(log, 'discard', id)).code).toBe(0);
    expect(await lettersOf(log, name)).toEqual([]);
  });

  it('replays all of them, as many as there are', async () => {
    const log = await openLog(database.url);
    await withDeadLetter(log);
    const before = (await readDeadLetters(log)).length;
    expect((await run(log, 'replay', '--all')).text).toBe(`replayed ${before}`);
  });

  it.each([[[]], [['list', 'x']], [['replay']], [['bury', 'x']], [['show', 'a', 'b']]])(
    'explains itself to %j',
    async (args) => {
      const log = await openLog(database.url);
      const { code, text } = await run(log, ...args);
      expect(code).toBe(2);
      expect(text).toContain('usage:');
    },
  );
});
