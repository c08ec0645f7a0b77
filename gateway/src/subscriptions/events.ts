import { ENDINGS, type Ending } from './ending.ts';
import { createMailbox, type Mailbox } from './mailbox.ts';

/** What a subgraph has sent to all who share its stream. */
export type StreamedEvent = {
  readonly id: number;
  readonly payload: unknown;
  readonly bytes: number;
  /** When it came, by the clock of `performance`. */
  readonly since: number;
};

/** The events that one subscriber has not been told yet, each of which is to be told. */
export type Events = Mailbox<StreamedEvent> & {
  push(event: StreamedEvent): void;
  /** Nothing more comes; what has come is told first. */
  finish(ending: Ending): void;
};

export type EventsOptions = { onEnd?: (ending: Ending | undefined) => void; maxWaiting?: number; maxBytes?: number };

/** Whoever is further behind than this is let go of. */
const MAX_WAITING = 256;
const MAX_BYTES = 4 * 1024 * 1024;

export function createEvents({ onEnd, maxWaiting = MAX_WAITING, maxBytes = MAX_BYTES }: EventsOptions = {}): Events {
  let waiting: StreamedEvent[] = [];
  let bytes = 0;
  let last: Ending | undefined;
  const mailbox: Mailbox<StreamedEvent> = createMailbox({
    take() {
      const event = waiting.shift();
      if (event) bytes -= event.bytes;
      else if (last) mailbox.end(last);
      return event;
    },
    onEnd(ending) {
      waiting = [];
      onEnd?.(ending);
    },
  });

  return {
    ...mailbox,
    push(event) {
      if (mailbox.isOver() || last) return;
      // One that is large by itself is no sign of a slow subscriber.
      const isTooMuch = waiting.length >= maxWaiting || (waiting.length > 0 && bytes + event.bytes > maxBytes);
      if (isTooMuch) return mailbox.end(ENDINGS.slow);
      waiting.push(event);
      bytes += event.bytes;
      mailbox.wake();
    },
    finish(ending) {
      last = ending;
      mailbox.wake();
    },
  };
}
