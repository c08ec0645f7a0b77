import { expect, it } from 'vitest';
import { judge, type StoredToken } from './session.ts';

const now = new Date('2026-01-01T12:00:00Z');
const before = new Date('2026-01-01T11:00:00Z');
const after = new Date('2026-01-01T13:00:00Z');
const aToken = (over: Partial<StoredToken> = {}): StoredToken => ({
  usedAt: null,
  expiresAt: after,
  sessionEndedAt: null,
  ...over,
});

it.each([
  ['a fresh token', aToken(), 'refresh'],
  ['none', undefined, 'unknown'],
  ['an expired token', aToken({ expiresAt: before }), 'unknown'],
  ['a token that expires now', aToken({ expiresAt: now }), 'unknown'],
  ['a token of an ended session', aToken({ sessionEndedAt: before }), 'unknown'],
  ['a used token', aToken({ usedAt: before }), 'reused'],
  ['a used token of an ended session', aToken({ usedAt: before, sessionEndedAt: before }), 'unknown'],
  ['a used token that has expired since', aToken({ usedAt: before, expiresAt: before }), 'unknown'],
] as const)('%s is judged: %s', (_, token, verdict) => {
  expect(judge(token, now)).toBe(verdict);
});
