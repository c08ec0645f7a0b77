import { createMemoryStore } from '@entrepot/cache/memory-store';
import type { EventLog, GroupPlace, LogMessage, SubscribeOptions } from '@entrepot/events/log';
import { createLogger } from '@entrepot/telemetry/logger';
import { expect, it, onTestFinished } from 'vitest';
import { startPurging } from './purge-by-events.ts';

const message = (type: string, purges: string[]): LogMessage => ({
  topic: 'catalogue',
  partition: 0,
  offset: '1',
  key: 'x',
  envelope: {
    specversion: '1.0',
    id: 'evt_1',
    source: 'test',
    type,
    subject: 'x',
    time: '',
    datacontenttype: 'application/json',
    purges,
    data: {},
  },
});

/** A log that can be out of reach. */
function startOverLog() {
  const state: { isUp: boolean; subscribed: SubscribeOptions[]; places: GroupPlace[] } = {
    isUp: true,
    subscribed: [],
    places: [],
  };
  const log: EventLog = {
    publish: async () => {},
    subscribe: async (options) => {
      state.subscribed.push(options);
      return { stop: async () => {} };
    },
    lag: async () => [],
    places: async () => state.places,
    ping: async () => {
      if (!state.isUp) throw new Error('out of reach');
    },
    close: async () => {},
  };
  const store = createMemoryStore({ maxBytes: 1_000_000 });
  const seen: string[] = [];
  const purging = startPurging({
    openLog: async () => log,
    topics: ['catalogue'],
    group: 'test',
    store,
    onPurged: () => {},
    onEvents: async (events) => {
      const [{ type } = { type: '' }] = events;
      seen.push(`${type} ${'value' in (await store.get('key')) ? 'kept' : 'purged'}`);
    },
    onMissed: () => void seen.push('missed'),
    logger: createLogger({ service: 'test', level: 'silent' }),
    checkMs: 1,
  });
  onTestFinished(() => purging.stop());
  return { state, store, seen, purging };
}

it.each([
  ['names', 'Thing:1'],
  ['may hold, since nobody has told which things it holds', 'Thing:?'],
])('tells of events when what %s what they make stale is purged already', async (_, tag) => {
  const { state, store, seen, purging } = startOverLog();
  await expect.poll(() => purging.isLive()).toBe(true);
  const { fence } = await store.get('key');
  await store.set('key', Buffer.from('old'), { ttlMs: 60_000, tags: [tag], fence: fence ?? '' });
  const signal = new AbortController().signal;
  await state.subscribed[0]?.onBatch([message('thing.changed.v1', ['Thing:1'])], { signal, progress: async () => {} });
  await expect.poll(() => seen).toEqual(['thing.changed.v1 purged']);
});

it('tells that events were missed when the log is back and has passed some without us, and not when it has waited', async () => {
  const { state, store, seen, purging } = startOverLog();
  const comeBack = async (next: bigint) => {
    state.isUp = false;
    await expect.poll(() => purging.isLive()).toBe(false);
    state.places = [{ topic: 'catalogue', partition: 0, next }];
    const fence = await store.get('key');
    state.isUp = true;
    await expect.poll(() => purging.isLive()).toBe(true);
    // The cache begins anew in any case.
    await expect.poll(async () => (await store.get('key')).fence).not.toBe(fence.fence);
  };
  state.places = [{ topic: 'catalogue', partition: 0, next: 1n }];
  await expect.poll(() => purging.isLive()).toBe(true);
  await comeBack(1n);
  const signal = new AbortController().signal;
  await state.subscribed[0]?.onBatch([message('thing.changed.v1', [])], { signal, progress: async () => {} });
  await comeBack(2n);
  expect(seen).toEqual(['thing.changed.v1 purged']);
  await comeBack(3n);
  await expect.poll(() => seen).toEqual(['thing.changed.v1 purged', 'missed']);
});
