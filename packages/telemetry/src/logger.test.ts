import { describe, expect, it } from 'vitest';
import { createLogger, loggerOf } from './logger.ts';
import { openSpan, runWithTrace } from './trace.ts';

function capture(level = 'info') {
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger({
    service: 'orders',
    level,
    destination: { write: (line) => lines.push(JSON.parse(line)) },
  });
  return { logger, lines };
}

describe('a log line', () => {
  it('tells service, level, time and message', () => {
    const { logger, lines } = capture();
    logger.warn({ orderId: 'ord_1' }, 'late');
    expect(lines).toEqual([
      expect.objectContaining({ service: 'orders', level: 'warn', message: 'late', orderId: 'ord_1' }),
    ]);
    expect(Number.isNaN(Date.parse(String(lines[0]?.time)))).toBe(false);
  });

  it('belongs to the trace it was written in', () => {
    const { logger, lines } = capture();
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    runWithTrace(`00-${traceId}-b7ad6b7169203331-01`, () => logger.info('inside'));
    logger.info('outside');
    expect(lines.map((line) => line.traceId)).toEqual([traceId, undefined]);
  });

  it('belongs to a span that is passed on by hand, and keeps secrets there as well', () => {
    const { logger, lines } = capture();
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    loggerOf(logger, openSpan(`00-${traceId}-b7ad6b7169203331-01`)).info({ token: 's3cret' }, 'inside');
    loggerOf(logger, undefined).info('outside');
    expect(lines).toMatchObject([{ traceId, service: 'orders', token: '[redacted]' }, { message: 'outside' }]);
    expect(lines[1]).not.toHaveProperty('traceId');
  });

  it('keeps secrets to itself', () => {
    const { logger, lines } = capture();
    const headers = { authorization: 'Bearer s3cret', 'x-gateway-credential': 's3cret', cookie: 's3cret' };
    logger.info(
      { headers, request: { headers }, variables: { input: { password: 's3cret' } }, token: 's3cret' },
      'got',
    );
    expect(JSON.stringify(lines)).not.toContain('s3cret');
    expect(lines[0]).toMatchObject({ token: '[redacted]' });
  });

  it('is not written below the level', () => {
    const { logger, lines } = capture('error');
    logger.info('noise');
    expect(lines).toEqual([]);
  });

  it('has the whole chain of causes of an error', () => {
    const { logger, lines } = capture();
    logger.error({ err: new Error('could not save', { cause: new Error('disk full') }) }, 'failed');
    expect(JSON.stringify(lines)).toContain('disk full');
  });
});
