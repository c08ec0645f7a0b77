import { AsyncResource } from 'node:async_hooks';

export type Limiter = {
  /** Runs a job when there is room; false when it is running or waiting already, or the queue is full. */
  add(key: string, job: () => Promise<void>): boolean;
  readonly size: number;
  /** Resolves when nothing runs or waits. */
  idle(): Promise<void>;
  /** Takes no more and forgets what waits; resolves when what runs has ended. */
  stop(): Promise<void>;
};

/** Runs at most `concurrency` jobs at once and lets at most `maxWaiting` wait, one a key. */
export function createLimiter(concurrency: number, maxWaiting: number, onError: (error: unknown) => void): Limiter {
  const waiting = new Map<string, () => Promise<void>>();
  const running = new Set<string>();
  let whenIdle: (() => void)[] = [];
  let isStopped = false;

  const next = () => {
    for (const [key, job] of waiting) {
      if (running.size >= concurrency) return;
      waiting.delete(key);
      running.add(key);
      void job()
        .catch(onError)
        .finally(() => {
          running.delete(key);
          next();
        });
    }
    if (running.size > 0) return;
    for (const wake of whenIdle.splice(0)) wake();
  };
  const idle = () =>
    new Promise<void>((resolve) => {
      if (running.size === 0 && waiting.size === 0) return resolve();
      whenIdle = [...whenIdle, resolve];
    });
  return {
    add(key, job) {
      if (isStopped || running.has(key) || waiting.has(key) || waiting.size >= maxWaiting) return false;
      // Bound: a job that waited runs in the trace of whoever added it, not of whoever made room.
      waiting.set(key, AsyncResource.bind(job));
      next();
      return true;
    },
    get size() {
      return running.size + waiting.size;
    },
    idle,
    async stop() {
      isStopped = true;
      waiting.clear();
      await idle();
    },
  };
}
