import { describe, expect, it } from 'vitest';
import { closingLine, summarize } from './test-summary.ts';

const test = (status: string, ...ancestorTitles: string[]) => ({ status, ancestorTitles, fullName: 'a fact' });
const file = (status: string, ...assertionResults: ReturnType<typeof test>[]) => ({
  name: 'a.test.ts',
  status,
  assertionResults,
});
const here = { isCi: false, isFiltered: false };

it('counts what passed and what failed', () => {
  const summary = summarize(
    { testResults: [file('failed', test('passed'), test('failed')), file('passed', test('passed'))] },
    here,
  );
  expect(closingLine(summary)).toBe('2 passed, 1 failed');
  expect(summary.notes).toEqual([]);
});

it('counts a file that cannot be loaded as a failure, and says what its set-up kept from running', () => {
  const summary = summarize({ testResults: [file('failed'), file('failed', test('skipped'), test('skipped'))] }, here);
  expect(closingLine(summary)).toBe('0 passed, 2 failed, 2 skipped');
  expect(summary.notes).toEqual(['2 skipped (the set-up of its file failed)']);
});

describe('tests whose server is missing', () => {
  const kafka = test('skipped', 'the log (no Kafka: no Java (17 or newer))', 'publishing');
  const report = { testResults: [file('passed', test('passed'), kafka, kafka), file('passed', test('todo'))] };

  it('are told with their reason', () => {
    const summary = summarize(report, here);
    expect(closingLine(summary)).toBe('1 passed, 0 failed, 3 skipped');
    expect(summary.notes).toEqual(['2 skipped (no Kafka: no Java (17 or newer))', '1 skipped (no reason given)']);
  });

  it('are told with a reason of several lines', () => {
    const redis = test('skipped', 'the cache (no Redis: it ended:\nout of memory)');
    expect(summarize({ testResults: [file('passed', redis)] }, here).notes).toEqual([
      '1 skipped (no Redis: it ended:\nout of memory)',
    ]);
  });

  it('are failures in CI', () => {
    expect(summarize(report, { ...here, isCi: true })).toMatchObject({ passed: 1, failed: 3, skipped: 0 });
  });

  it('are told also when tests were chosen by name, and nothing else is', () => {
    expect(summarize(report, { ...here, isFiltered: true })).toMatchObject({ failed: 0, skipped: 2 });
  });
});
