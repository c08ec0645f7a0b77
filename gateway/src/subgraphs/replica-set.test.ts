import { createLogger } from '@entrepot/telemetry/logger';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Address, readPlace } from './addresses.ts';
import { createReplicaSet } from './replica-set.ts';
import { TUNING } from './tuning.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const addressesOf = (...hosts: string[]): readonly Address[] => {
  const place = readPlace('users', hosts.map((host) => `http://${host}:4001`).join('|'));
  return place.kind === 'list' ? place.addresses : [];
};

function start(place: Parameters<typeof createReplicaSet>[0]['place']) {
  const logger = createLogger({ service: 'test', level: 'silent' });
  const probe = async () => false;
  const set = createReplicaSet({ place, credential: undefined, probe, onEjection: () => {}, tuning: TUNING, logger });
  const picked = () => {
    const keys = Array.from({ length: 200 }, () => set.pick([])?.replica.key.split(':')[0]);
    return [...new Set(keys)].sort();
  };
  return { set, picked };
}

it('follows the addresses of a name, and keeps those it had while the name has none', async () => {
  let found = async () => addressesOf('a', 'b');
  const { set, picked } = start({ kind: 'dns', resolve: () => found() });
  expect(set.pick([])).toBeUndefined();
  await set.found();
  expect(picked()).toEqual(['a', 'b']);
  found = async () => addressesOf('b', 'c');
  await vi.advanceTimersByTimeAsync(TUNING.resolveEveryMs);
  expect(picked()).toEqual(['b', 'c']);
  found = async () => [];
  await vi.advanceTimersByTimeAsync(TUNING.resolveEveryMs);
  expect(picked()).toEqual(['b', 'c']);
  found = async () => Promise.reject(new Error('SERVFAIL'));
  await vi.advanceTimersByTimeAsync(TUNING.resolveEveryMs);
  expect(picked()).toEqual(['b', 'c']);
  found = async () => addressesOf('d');
  await vi.advanceTimersByTimeAsync(TUNING.resolveEveryMs);
  expect(picked()).toEqual(['d']);
  set.close();
});

it('leaves out those that fail, but never more than half', () => {
  const { set, picked } = start({ kind: 'list', addresses: addressesOf('a', 'b', 'c', 'd') });
  const failing = (host: string) => {
    for (let time = 0; time < 1_000; time++) {
      const member = set.pick([]);
      if (member?.replica.key.startsWith(host)) member.health.failed(true);
    }
  };
  failing('a');
  failing('b');
  expect([set.counts(), picked()]).toEqual([{ healthy: 2, ejected: 2 }, ['c', 'd']]);
  failing('c');
  expect([set.counts(), picked()]).toEqual([{ healthy: 2, ejected: 2 }, ['d']]);
  // All of them: then any may be the one that works.
  failing('d');
  expect([set.counts(), picked()]).toEqual([{ healthy: 2, ejected: 2 }, ['a', 'b', 'c', 'd']]);
  set.close();
});

it('tries another one before the same once more', () => {
  const { set } = start({ kind: 'list', addresses: addressesOf('a', 'b') });
  for (let time = 0; time < 50; time++) {
    const first = set.pick([]);
    const second = set.pick(first ? [first] : []);
    expect(second).not.toBe(first);
    expect(set.pick([first, second].filter((member) => member !== undefined))).toBeDefined();
  }
  set.close();
});
