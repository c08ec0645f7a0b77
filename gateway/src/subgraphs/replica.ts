import type { Address } from './addresses.ts';
import type { Job } from './http1/connection.ts';
import { createConnectionPool } from './http1/connection-pool.ts';
import { createGetHead, createHead, createHeadPrefix, type RequestHeaders } from './http1/request-head.ts';
import type { HttpResponse } from './http1/response-reader.ts';
import { NoResponse } from './no-response.ts';
import type { Tuning } from './tuning.ts';

export type SubgraphRequest = RequestHeaders & {
  readonly body: string;
  /** Whether it may be sent a second time. */
  readonly isRepeatable: boolean;
  /** Undefined for what is not given up. */
  readonly cancellation: Cancellation | undefined;
};

type Terms = Pick<SubgraphRequest, 'deadline' | 'cancellation' | 'isRepeatable'>;

/** How a request is told that nobody waits for it any more. (An AbortController would cost each request several microseconds.) */
export type Cancellation = { isCancelled: boolean; act: (() => void) | undefined };

export type Replica = {
  readonly key: string;
  /** @throws NoResponse */
  send(request: SubgraphRequest): Promise<HttpResponse>;
  /** Gets what is at a path, for a check of its health. @throws NoResponse */
  get(path: string, deadline: number): Promise<HttpResponse>;
  running(): number;
  /** For how long it has said nothing though it was asked. */
  silentMs(): number;
  /** Fails what may be sent elsewhere. */
  interrupt(): void;
  close(): void;
};

/** One process of a subgraph. */
export function createReplica(address: Address, credential: string | undefined, tuning: Tuning): Replica {
  const pool = createConnectionPool(address.target, tuning);
  const prefix = createHeadPrefix(address, credential);
  let running = 0;
  let heardAt = 0;

  const launch = (text: string, isAscii: boolean, { deadline, cancellation, isRepeatable }: Terms) =>
    new Promise<HttpResponse>((resolve, reject) => {
      const settle = () => {
        running--;
        clearTimeout(timer);
        if (cancellation) cancellation.act = undefined;
      };
      const job: Job = {
        text,
        isAscii,
        isRepeatable,
        onResponse(response) {
          heardAt = performance.now();
          settle();
          resolve(response);
        },
        onFailure(failure) {
          settle();
          reject(failure);
        },
      };
      // Rejected first: what ending the connection then says of it changes nothing.
      const stop = (failure: NoResponse) => {
        reject(failure);
        pool.cancel(job);
      };
      const late = () => stop(new NoResponse('timeout', 'no complete response in time'));
      // After a moment in which nothing could be read, what has come meanwhile is read first.
      const timer = setTimeout(() => setImmediate(late), Math.max(0, deadline - Date.now()));
      if (running++ === 0) heardAt = performance.now();
      if (cancellation) cancellation.act = () => stop(new NoResponse('cancelled', 'nobody waits for it any more'));
      pool.send(job);
    });

  return {
    key: address.key,
    send(request) {
      const { body } = request;
      const bytes = Buffer.byteLength(body);
      return launch(createHead(prefix, request, bytes) + body, bytes === body.length, request);
    },
    get: (path, deadline) =>
      launch(createGetHead(address.host, path), true, { deadline, isRepeatable: true, cancellation: undefined }),
    running: () => running,
    silentMs: () => (running === 0 ? 0 : performance.now() - heardAt),
    interrupt: () => pool.interrupt(),
    close: () => pool.close(),
  };
}
