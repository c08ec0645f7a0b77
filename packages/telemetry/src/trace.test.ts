import { describe, expect, it } from 'vitest';
import { currentTrace, runWithTrace, traceparent } from './trace.ts';

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
  ])('begins anew for %s', (header) => {
    runWithTrace(header, () => expect(currentTrace()?.traceId).not.toBe(TRACE));
  });

  it('is absent outside', () => {
    expect(traceparent()).toBeUndefined();
  });
});
