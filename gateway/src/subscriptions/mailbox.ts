import type { Ending } from './ending.ts';

/** What waits for one subscriber, until it is over. */
export type Mailbox<T> = {
  /** What has waited longest; `idle` when nothing came for `idleMs`; undefined when it is over. For one caller at a time. */
  next(idleMs?: number): Promise<T | 'idle' | undefined>;
  /** Something has come. */
  wake(): void;
  /** The first ending counts. */
  end(ending?: Ending): void;
  isOver(): boolean;
  /** Undefined while it goes on, and when nobody but the subscriber ended it. */
  ending(): Ending | undefined;
};

export type MailboxOptions<T> = {
  take: () => T | undefined;
  onEnd?: ((ending: Ending | undefined) => void) | undefined;
};

export function createMailbox<T>({ take, onEnd }: MailboxOptions<T>): Mailbox<T> {
  let isOver = false;
  let ending: Ending | undefined;
  let waker: (() => void) | undefined;
  const over = () => isOver;

  return {
    async next(idleMs) {
      if (isOver) return undefined;
      const first = take();
      // To take the last is to end it.
      if (first !== undefined || over()) return first;
      await new Promise<void>((resolve) => {
        const timer = idleMs === undefined ? undefined : setTimeout(resolve, idleMs);
        waker = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      waker = undefined;
      if (isOver) return undefined;
      const later = take();
      return later === undefined && !over() ? 'idle' : later;
    },
    wake: () => waker?.(),
    end(why) {
      if (isOver) return;
      isOver = true;
      ending = why;
      waker?.();
      onEnd?.(why);
    },
    isOver: over,
    ending: () => ending,
  };
}
