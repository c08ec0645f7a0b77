import type { ServerResponse } from 'node:http';
import { createSlots } from '@entrepot/kernel/slots';
import type { Registry } from '@entrepot/telemetry/metrics';
import { createTally, onceEach } from '@entrepot/telemetry/tally';
import { Gauge } from 'prom-client';

/** The requests that have not been answered yet. */
export type Running = {
  add(response: ServerResponse): void;
  /** One that was answered without having been added. */
  count(status: number): void;
  /** From now on, no answer leaves its connection open for another request. */
  closeConnections(): void;
  /** Whether an answer has begun on this connection. */
  hasBegun(socket: unknown): boolean;
};

/** Keeps and counts the requests that are running. */
export function trackRunning(registry: Registry): Running {
  const responses = createSlots<ServerResponse>();
  let isClosing = false;
  const finished = createTally({
    name: 'http_requests_total',
    help: 'HTTP requests by the status of the answer; `aborted` when the client left before it',
    labelNames: ['status'],
    registry,
  });
  const count = onceEach((status: number | 'aborted') => finished({ status: String(status) }));
  new Gauge({
    name: 'http_requests_running',
    help: 'HTTP requests that have not been answered yet',
    registers: [registry],
    collect() {
      this.set(responses.size);
    },
  });
  return {
    count: (status) => count(status)(),
    add: (response) => {
      if (isClosing) response.setHeader('connection', 'close');
      const slot = responses.take(response);
      // It is emitted once only, and `once` would cost more.
      response.on('close', () => {
        responses.free(slot);
        count(response.writableFinished ? response.statusCode : 'aborted')();
      });
    },
    closeConnections: () => {
      isClosing = true;
      for (const response of responses) {
        if (!response.headersSent) response.setHeader('connection', 'close');
      }
    },
    hasBegun: (socket) => [...responses].some((response) => response.socket === socket && response.headersSent),
  };
}
