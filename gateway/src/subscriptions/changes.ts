import { ENDINGS, type Ending } from './ending.ts';
import { createMailbox, type Mailbox } from './mailbox.ts';

/** An entity has changed, as of this event. */
export type Change = {
  readonly id: string;
  readonly sequence: number;
  /** When the first was noted that is to be told by it, by the clock of `performance`. */
  readonly since: number;
};

/** What one subscriber has not been told yet. */
export type Changes = Mailbox<Change> & { note(id: string, sequence: number): void };

export type ChangesOptions = { onEnd?: (ending: Ending | undefined) => void; maxWaiting?: number };

/** Nobody follows more things than this that all changed while one answer was on its way. */
const MAX_WAITING = 1_000;

/**
 * Changes that wait are one for each entity: a subscriber who is slower than the events gets fewer answers, each of them
 * of the time when it is taken, and never an older one after a newer.
 */
export function createChanges({ onEnd, maxWaiting = MAX_WAITING }: ChangesOptions = {}): Changes {
  const waiting = new Map<string, Change>();
  const take = (): Change | undefined => {
    for (const [id, change] of waiting) {
      waiting.delete(id);
      return change;
    }
    return undefined;
  };
  const mailbox = createMailbox({ take, onEnd });

  return {
    ...mailbox,
    note(id, sequence) {
      if (mailbox.isOver()) return;
      const before = waiting.get(id);
      if (waiting.size >= maxWaiting && !before) return mailbox.end(ENDINGS.slow);
      waiting.set(id, {
        id,
        sequence: Math.max(sequence, before?.sequence ?? 0),
        since: before?.since ?? performance.now(),
      });
      mailbox.wake();
    },
  };
}
