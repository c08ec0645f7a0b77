import { describe, expect, it } from 'vitest';
import { currentTrace, openSpan, runInSpan, runWithTrace, traceOf, traceparent, traceparentOf } from './trace.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';

describe('a trace', () => {
  it('goes on under the id it came with, as a new span', async () => {
    await runWithTrace(`00-${TRACE}-b7ad6b7169203331-01`, async () => {
      await Promise.resolve();
      expect(currentTrace()).toMatchObject({ traceId: TRACE, sampled: true });
      expect(traceparent()).toMatch(new RegExp(`^00-${TRACE}-(?!b7ad6b7169203331)[0-9a-f]{16}-01$`));
    });
  });

  it.each([
    undefined,
    '',
    'nonsense',
    `00-${'0'.repeat(32)}-b7ad6b7169203331-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `ff-${TRACE}-b7ad6b7169203331-01`,
    `00-${TRACE}-b7ad6b7169203331-01-more`,
    `00-${TRACE.toUpperCase()}-b7ad6b7169203331-01`,
    `00-${TRACE}-b7ad6b7169203331`,
    `00-${TRACE}-b7ad6b7169203331-01\n`,
  ])('begins anew for %s', (header) => {
    runWithTrace(header, () => expect(currentTrace()?.traceId).not.toBe(TRACE));
  });

  it('understands what a later version may append', () => {
    runWithTrace(`01-${TRACE}-b7ad6b7169203331-01-more`, () => expect(currentTrace()?.traceId).toBe(TRACE));
  });

  it('stays unsampled, and leaves bits alone that it does not know', () => {
    runWithTrace(`00-${TRACE}-b7ad6b7169203331-00`, () => expect(traceparent()).toMatch(/-00$/));
    runWithTrace(`00-${TRACE}-b7ad6b7169203331-fe`, () => expect(currentTrace()?.sampled).toBe(false));
  });

  it('is the own of each of two that run at the same time', async () => {
    const run = (header: string) =>
      runWithTrace(header, async () => {
        await new Promise(setImmediate);
        return currentTrace()?.traceId;
      });
    const other = 'a'.repeat(32);
    const both = await Promise.all([run(`00-${TRACE}-b7ad6b7169203331-01`), run(`00-${other}-b7ad6b7169203331-01`)]);
    expect(both).toEqual([TRACE, other]);
  });

  it('is the same in a span that is passed on by hand, wherever it is made the current one', async () => {
    const span = openSpan(`00-${TRACE}-b7ad6b7169203331-01`);
    expect(traceparent()).toBeUndefined();
    const inside = await runInSpan(span, async () => {
      await Promise.resolve();
      return [currentTrace(), traceparent()];
    });
    expect(inside).toEqual([traceOf(span), traceparentOf(span)]);
    expect(runInSpan(undefined, currentTrace)).toBeUndefined();
  });

  it('is absent outside', () => {
    expect(traceparent()).toBeUndefined();
  });
});
