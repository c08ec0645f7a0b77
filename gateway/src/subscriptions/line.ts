import type { WebSocket } from 'ws';

/** A WebSocket that is watched: whether its other end is still there, and whether it takes what it is sent. */
export type Line = {
  /** Resolves when the message has left this process; whoever waits for that sends no faster than the client reads. */
  send(message: string): Promise<void>;
  stop(): void;
};

export type LineOptions = {
  heartbeatMs: number;
  /** How long a client may take for one message. */
  slowMs: number;
  onSlow: () => void;
};

/** What may wait in this process for one client to read it. */
const MAX_BUFFERED_BYTES = 4 * 1024 * 1024;

/** One answer may be late because this process was busy itself. */
const MAX_UNANSWERED = 2;

export function watchLine(socket: WebSocket, { heartbeatMs, slowMs, onSlow }: LineOptions): Line {
  let unsent = 0;
  let unanswered = 0;
  let slow: NodeJS.Timeout | undefined;

  socket.on('pong', () => {
    unanswered = 0;
  });
  const heartbeat = setInterval(() => {
    // One that has not read everything yet cannot have seen the ping either.
    if (unsent > 0) return;
    if (unanswered >= MAX_UNANSWERED) return socket.terminate();
    unanswered++;
    socket.ping();
  }, heartbeatMs);

  const sent = () => {
    unsent--;
    clearTimeout(slow);
    slow = unsent > 0 ? setTimeout(onSlow, slowMs) : undefined;
  };
  return {
    send(message) {
      if (socket.readyState !== socket.OPEN) return Promise.resolve();
      if (socket.bufferedAmount > MAX_BUFFERED_BYTES) onSlow();
      unsent++;
      slow ??= setTimeout(onSlow, slowMs);
      return new Promise((resolve) =>
        // Should it fail, the connection is about to close.
        socket.send(message, () => {
          sent();
          resolve();
        }),
      );
    },
    stop() {
      clearInterval(heartbeat);
      clearTimeout(slow);
      slow = undefined;
    },
  };
}
