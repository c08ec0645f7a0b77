import type { Cancellation } from '@entrepot/kernel/cancellation';
import type { Address } from './addresses.ts';
import type { Job, Outcome } from './http1/connection.ts';
import { createConnectionPool } from './http1/connection-pool.ts';
import { createGetHead, createHead, createHeadPrefix } from './http1/request-head.ts';
import { NoResponse } from './no-response.ts';
import type { Tuning } from './tuning.ts';

/** What is asked of a subgraph, whichever of its replicas is asked. */
export type SubgraphRequest = {
  readonly body: string;
  /** Lines of its head, each with its end, checked. */
  readonly lines: string;
  /** When whoever asked stops waiting (ms since the epoch). */
  readonly deadline: number;
  /** Whether it may be sent a second time. */
  readonly isRepeatable: boolean;
  /** Undefined for what is not given up. */
  readonly cancellation: Cancellation | undefined;
};

/** Called once, and must not throw. (A promise for each of the parts that an answer passes would cost more than all they do.) */
export type OnEnd = (outcome: Outcome) => void;

type Terms = Pick<SubgraphRequest, 'deadline' | 'cancellation' | 'isRepeatable'>;

export type Replica = {
  readonly key: string;
  send(request: SubgraphRequest, onEnd: OnEnd): void;
  /** Gets what is at a path, for a check of its health. */
  get(path: string, deadline: number, onEnd: OnEnd): void;
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

  const launch = (
    text: string,
    isAscii: boolean,
    { deadline, cancellation, isRepeatable }: Terms,
    onEnd: OnEnd,
  ): void => {
    const now = performance.now();
    const job: Job = {
      text,
      isAscii,
      isRepeatable,
      endsAt: now + deadline - Date.now(),
      onEnd(outcome) {
        running--;
        cancellation?.unlisten(stop);
        if (!(outcome instanceof NoResponse)) heardAt = performance.now();
        onEnd(outcome);
      },
    };
    const stop = () => pool.cancel(job, new NoResponse('cancelled', 'nobody waits for it any more'));
    if (running++ === 0) heardAt = now;
    cancellation?.listen(stop);
    pool.send(job);
  };

  return {
    key: address.key,
    send(request, onEnd) {
      const { body } = request;
      // The text becomes one piece once, where it is ASCII: a body that is not has more bytes than it is long.
      const ascii = createHead(prefix, request, body.length) + body;
      const moreBytes = Buffer.byteLength(ascii) - ascii.length;
      const text = moreBytes === 0 ? ascii : createHead(prefix, request, body.length + moreBytes) + body;
      launch(text, moreBytes === 0, request, onEnd);
    },
    get: (path, deadline, onEnd) =>
      launch(createGetHead(address.host, path), true, { deadline, isRepeatable: true, cancellation: undefined }, onEnd),
    running: () => running,
    silentMs: () => (running === 0 ? 0 : performance.now() - heardAt),
    interrupt: () => pool.interrupt(),
    close: () => pool.close(),
  };
}
