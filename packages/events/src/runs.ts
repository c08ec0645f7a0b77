import type { EventHandler } from './handlers.ts';
import type { LogMessage } from './log.ts';

/** Messages that a handler takes together. */
export type Run = {
  readonly handler: EventHandler;
  readonly messages: readonly LogMessage[];
  /** How much of the batch is done when this run is: what came before that nobody handles is done with it. */
  readonly end: number;
};

/**
 * Cuts a batch into runs: where the handler changes, after each event for a handler that takes one, and around each event
 * that `isAlone`. What nobody `handles` cuts nothing.
 */
export function cutIntoRuns(
  batch: readonly LogMessage[],
  handlerOf: (message: LogMessage) => EventHandler | undefined,
  isAlone: (message: LogMessage) => boolean,
): Run[] {
  const runs: { handler: EventHandler; messages: LogMessage[]; end: number; isOpen: boolean }[] = [];
  batch.forEach((message, index) => {
    const handler = handlerOf(message);
    if (!handler) return;
    const last = runs.at(-1);
    const isOpen = handler.isBatch && !isAlone(message);
    if (last?.isOpen && isOpen && last.handler === handler) {
      last.messages.push(message);
      last.end = index + 1;
    } else runs.push({ handler, messages: [message], end: index + 1, isOpen });
  });
  return runs;
}
