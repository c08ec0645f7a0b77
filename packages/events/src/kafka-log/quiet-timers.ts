import { createRequire } from 'node:module';

type RequestQueue = { pending: readonly unknown[]; throttledUntil: number };

/**
 * kafkajs 2.2.4 keeps a timer of 1 ms going on every connection for ever (tulios/kafkajs#1751), which costs an idle
 * process 5 % of a core: with nothing pending it arms a timer for a time that is past. Nothing pending needs no timer.
 */
export function quietTimers(): void {
  const { prototype } = createRequire(import.meta.url)('kafkajs/src/network/requestQueue');
  const schedule = prototype.scheduleCheckPendingRequests;
  if (isQuiet in prototype || typeof schedule !== 'function') return;
  prototype[isQuiet] = true;
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.pending.length > 0) schedule.call(this);
  };
}

const isQuiet = Symbol('isQuiet');
