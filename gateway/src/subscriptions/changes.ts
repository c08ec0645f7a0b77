import { ENDINGS, type Ending } from './ending.ts';

/** An entity has changed, as of this event. */
export type Change = { readonly id: string; readonly sequence: number };

/** What one subscriber has not been told yet. */
export type Changes = {
  note(id: string, sequence: number): void;
  /** The oldest change; `idle` when none came for `idleMs`; undefined when it is over. For one caller at a time. */
  next(idleMs?: number): Promise<Change | 'idle' | undefined>;
  /** The first ending counts. */
  end(ending?: Ending): void;
  readonly isOver: boolean;
  /** Undefined while it goes on, and when the subscriber ended it. */
  readonly ending: Ending | undefined;
};

export type ChangesOptions = { onEnd?: (ending: Ending | undefined) => void; maxWaiting?: number };

/** Nobody follows more things than this that all changed while one answer was on its way. */
const MAX_WAITING = 1_000;

/**
 * Changes that wait are one for each entity: a subscriber who is slower than the events gets fewer answers, each of them
 * of the time when it is taken, and never an older one after a newer.
 */
export function createChanges({ onEnd, maxWaiting = MAX_WAITING }: ChangesOptions = {}): Changes {
  const waiting = new Map<string, number>();
  let isOver = false;
  let ending: Ending | undefined;
  let wake: (() => void) | undefined;

  const take = (): Change | undefined => {
    for (const [id, sequence] of waiting) {
      waiting.delete(id);
      return { id, sequence };
    }
    return undefined;
  };
  const end = (why?: Ending) => {
    if (isOver) return;
    isOver = true;
    ending = why;
    waiting.clear();
    wake?.();
    onEnd?.(why);
  };

  return {
    note(id, sequence) {
      if (isOver) return;
      if (waiting.size >= maxWaiting && !waiting.has(id)) return end(ENDINGS.slow);
      waiting.set(id, Math.max(sequence, waiting.get(id) ?? 0));
      wake?.();
    },
    async next(idleMs) {
      if (!isOver && waiting.size === 0)
        await new Promise<void>((resolve) => {
          const timer = idleMs === undefined ? undefined : setTimeout(resolve, idleMs);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
      wake = undefined;
      if (isOver) return undefined;
      return take() ?? 'idle';
    },
    end,
    get isOver() {
      return isOver;
    },
    get ending() {
      return ending;
    },
  };
}
