export type RetryOptions = {
  /** How often to try in all. */
  attempts: number;
  /** The wait before the second try; it doubles with each further one, up to `maxDelayMs`. */
  baseDelayMs: number;
  maxDelayMs: number;
  /** No try begins after this time (ms since the epoch). */
  deadline?: number;
  /** Whether an error may pass by itself; others are thrown at once. */
  isTransient: (error: unknown) => boolean;
  signal?: AbortSignal;
};

/** Tries again while errors are transient, with full jitter (so that many who failed together do not return together). */
export async function retry<T>(act: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await act(attempt);
    } catch (error) {
      if (attempt >= options.attempts || !options.isTransient(error)) throw error;
      const delay = Math.random() * Math.min(options.maxDelayMs, options.baseDelayMs * 2 ** (attempt - 1));
      if (options.deadline !== undefined && Date.now() + delay >= options.deadline) throw error;
      await sleep(delay, options.signal);
    }
  }
}

/** Waits; rejects with the signal's reason when it is aborted meanwhile. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    signal?.addEventListener('abort', stop, { once: true });
  });
}
