import type { Socket } from 'node:net';

/** Answers that are on their way, and of which node:http does not know. */
export type OwedAnswers = {
  /** One is being looked for, and one was found or is not needed any more. */
  promise(): void;
  release(): void;
  /** One was written. */
  written(socket: Socket): void;
  areAny(): boolean;
};

export function createOwedAnswers(): OwedAnswers {
  let promised = 0;
  /** Connections whose clients have not taken all of what was written. */
  const slow = new Set<Socket>();
  return {
    promise: () => promised++,
    release: () => promised--,
    written(socket) {
      if (socket.writableLength === 0 || slow.has(socket)) return;
      slow.add(socket);
      socket.once('close', () => slow.delete(socket));
    },
    areAny() {
      for (const socket of slow) if (socket.writableLength === 0) slow.delete(socket);
      return promised > 0 || slow.size > 0;
    },
  };
}
