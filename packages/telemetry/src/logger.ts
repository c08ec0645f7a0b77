import { type DestinationStream, type Logger, type LoggerOptions as PinoOptions, pino } from 'pino';
import { currentTrace, type Span, traceOf } from './trace.ts';

export type { Logger };

/** What must never stand in a log, at the top of what is logged or up to two objects down. */
const SECRETS = [
  'authorization',
  'cookie',
  'x-gateway-credential',
  'credential',
  'password',
  'passwordHash',
  'secret',
  'token',
  'accessToken',
  'refreshToken',
  'privateKey',
];

type LoggerOptions = {
  service: string;
  level?: string;
  /** Where the lines go; stdout unless told otherwise. */
  destination?: DestinationStream;
};

/** A logger of JSON lines; every line tells the service and the trace it was written in. */
export function createLogger({ service, level = 'info', destination = pino.destination(1) }: LoggerOptions): Logger {
  const options: PinoOptions = {
    level,
    base: { service, pid: process.pid },
    messageKey: 'message',
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: {
      paths: [
        ...SECRETS.flatMap((name) => ['', '*', '*.*'].map((at) => `${at}["${name}"]`)),
        // node-postgres hangs the whole client with its buffers on the errors of its pool: four kilobytes a line.
        'err.client',
      ],
      censor: '[redacted]',
    },
    mixin: () => {
      const trace = currentTrace();
      return trace ? { traceId: trace.traceId, spanId: trace.spanId } : {};
    },
  };
  return pino(options, destination);
}

/** The logger for lines about a span that is not the current one, because it is passed on by hand. Made when there is a line to write. */
export function loggerOf(logger: Logger, span: Span | undefined): Logger {
  if (!span) return logger;
  const { traceId, spanId } = traceOf(span);
  return logger.child({ traceId, spanId });
}
