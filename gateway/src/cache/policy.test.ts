import { describe, expect, it } from 'vitest';
import { createPolicyCollector, readCacheControl } from './policy.ts';

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
    expect(verdictOf([['max-age=60']], false)).toEqual({ kind: 'failed' });
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
});

it('reads Cache-Control as caches do', () => {
  expect(readCacheControl('Max-Age=5, S-MaxAge="7"')).toEqual({ maxAgeS: 7, isPrivate: false });
  expect(readCacheControl('private, max-age=5, s-maxage=7')).toEqual({ maxAgeS: 5, isPrivate: true });
});
