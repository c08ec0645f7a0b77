import { type Logger, pino } from 'pino';
import { currentTrace } from './trace.ts';

export type { Logger };

/** What must never stand in a log, wherever in an object it is. */
const SECRETS = ['authorization', 'password', 'token', 'secret', 'accessToken', 'refreshToken', 'credential'];

/** A logger of JSON lines on stdout; every line tells the service and the trace it was written in. */
export function createLogger({ service, level = 'info' }: { service: string; level?: string }): Logger {
  return pino({
    level,
    base: { service, pid: process.pid },
    messageKey: 'message',
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[redacted]' },
    mixin: () => {
      const trace = currentTrace();
      return trace ? { traceId: trace.traceId, spanId: trace.spanId } : {};
    },
  });
}
