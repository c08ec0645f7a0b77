import type { Logger } from '@entrepot/telemetry/logger';
import { type LogEntry, type logCreator, logLevel } from 'kafkajs';

const SILENCE_MS = 30_000;
const MAX_KNOWN = 100;
/** Said at every start, and no reason to worry: a new group or producer waits for its coordinator, and see publisher.ts. */
const USUAL = [/coordinator is not available/, /coordinator is loading/, /^Limiting retries/];

/** Hands on what kafkajs has to tell; while a broker is away that is the same thing many times a second, so each once in a while. */
export function kafkaLogger(logger: Logger): logCreator {
  const known = new Map<string, { at: number; suppressed: number }>();
  return () =>
    ({ level, log: { message, error } }: LogEntry) => {
      const text = [message, error].filter(Boolean).join(': ');
      if (USUAL.some((usual) => usual.test(text))) return;
      const now = performance.now();
      const before = known.get(text);
      if (before && now - before.at < SILENCE_MS) {
        before.suppressed++;
        return;
      }
      if (known.size >= MAX_KNOWN) known.clear();
      known.set(text, { at: now, suppressed: 0 });
      const details = { kafka: text, ...(before && { repeated: before.suppressed }) };
      if (level === logLevel.ERROR) logger.error(details, 'kafka');
      else logger.warn(details, 'kafka');
    };
}
