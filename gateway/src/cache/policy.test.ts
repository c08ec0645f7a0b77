import { describe, expect, it } from 'vitest';
import { readCacheControl } from './cache-control.ts';
import { createPolicyCollector } from './policy.ts';

const verdictOf = (parts: [string | undefined, unknown?][], isComplete = true) => {
  const policy = createPolicyCollector();
  for (const [cacheControl, tags] of parts) policy.add(cacheControl, tags);
  return policy.verdict(isComplete);
};

describe('the policy of an answer', () => {
  it('is the strictest of its parts, and its tags are those of all', () => {
    expect(
      verdictOf([['max-age=60, public', ['A:1']], ['max-age=30', ['B:1', 'A:1']], ['public, max-age=90']]),
    ).toEqual({
      kind: 'public',
      maxAgeMs: 30_000,
      revalidateMs: 0,
      ifErrorMs: 0,
      tags: ['A:1', 'B:1'],
    });
    expect(verdictOf([['max-age=60, public'], ['max-age=300, private']])).toMatchObject({
      kind: 'private',
      maxAgeMs: 60_000,
    });
  });

  it.each([
    ['says nothing', undefined],
    ['says no-store', 'no-store'],
    ['says no-cache', 'max-age=60, no-cache'],
    ['says no time', 'public'],
    ['says a time of nothing', 'max-age=0'],
    ['says a time that is none', 'max-age=soon'],
    ['says a negative time', 'max-age=-1'],
  ])('is not to keep it when one part %s', (_, header) => {
    expect(verdictOf([['max-age=60, public'], [header]])).toEqual({ kind: 'none' });
  });

  it('is not to keep what has no parts, has errors, or was made of what nobody can tell', () => {
    expect(verdictOf([])).toEqual({ kind: 'none' });
    expect(verdictOf([['max-age=60']], false)).toEqual({ kind: 'failed', isOutage: false });
    expect(verdictOf([['max-age=60', 'Product:1']])).toEqual({ kind: 'none' });
    expect(verdictOf([['max-age=60', [1]]])).toEqual({ kind: 'none' });
  });

  it('shares what is missing for everybody, unless a part that is there is somebody’s own', () => {
    const partly = (cacheControl: string, hasFailed = false) => {
      const policy = createPolicyCollector();
      policy.add(cacheControl, undefined);
      policy.missing();
      if (hasFailed) policy.failed();
      return policy.verdict(false).kind;
    };
    expect([
      partly('max-age=60'),
      partly('max-age=60, private'),
      partly('no-store'),
      partly('max-age=60', true),
    ]).toEqual(['unavailable', 'failed', 'failed', 'failed']);
  });

  it('is as good past its time as its parts are', () => {
    const times = (...headers: string[]) => {
      const { maxAgeMs, revalidateMs, ifErrorMs } = Object(verdictOf(headers.map((header) => [header])));
      return [maxAgeMs, revalidateMs, ifErrorMs].map((ms) => ms / 1000);
    };
    expect(times('max-age=60, stale-while-revalidate=30, stale-if-error=600')).toEqual([60, 30, 600]);
    expect(times('max-age=60, stale-while-revalidate=30', 'max-age=10, stale-while-revalidate=100')).toEqual([
      10, 80, 0,
    ]);
    expect(times('max-age=60, stale-while-revalidate=30', 'max-age=10')).toEqual([10, 0, 0]);
  });

  it('counts what is left of a part that was kept', () => {
    const policy = createPolicyCollector();
    policy.add('max-age=60, stale-while-revalidate=30', ['A:1']);
    const part = { maxAgeMs: 5_000, revalidateMs: 1_000, ifErrorMs: 0, tags: ['B:1'], isPrivate: true };
    policy.addKept(part);
    expect(policy.verdict(true)).toEqual({
      kind: 'private',
      maxAgeMs: 5_000,
      revalidateMs: 1_000,
      ifErrorMs: 0,
      tags: ['A:1', 'B:1'],
    });
    policy.limit(2_000);
    expect(policy.verdict(true)).toMatchObject({ maxAgeMs: 2_000 });
  });

  it('with a part past its time goes to those who ask now, and is not kept', () => {
    const policy = createPolicyCollector();
    policy.add('max-age=60', []);
    policy.stale(false);
    expect(policy.verdict(true)).toEqual({ kind: 'unavailable', isOutage: false });
    policy.stale(true);
    expect(policy.verdict(true)).toEqual({ kind: 'failed', isOutage: false });
  });
});

it('reads Cache-Control as caches do', () => {
  const read = (header: string) => {
    const { maxAgeS, revalidateS, ifErrorS, isPrivate } = readCacheControl(header);
    return [maxAgeS, revalidateS, ifErrorS, isPrivate];
  };
  expect(read('Max-Age=5, S-MaxAge="7"')).toEqual([7, 0, 0, false]);
  expect(read('private, max-age=5, s-maxage=7')).toEqual([5, 0, 0, true]);
  expect(read('max-age=5, stale-while-revalidate=6, stale-if-error=7')).toEqual([5, 6, 7, false]);
  expect(read('max-age=5, stale-while-revalidate=6, stale-if-error=7, must-revalidate')).toEqual([5, 0, 0, false]);
});
