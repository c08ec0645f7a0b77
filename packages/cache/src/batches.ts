/** Of one batch: more would hold up whoever else asks. */
const MOST = 200;

type Waiting<T, R> = {
  readonly item: T;
  readonly resolve: (result: R) => void;
  readonly reject: (reason: unknown) => void;
};

/**
 * Collects what is asked for in one turn of the event loop, and asks for all of it at once: under load a round trip is shared
 * by many, and who is alone waits no longer. `act` has a result for each item, in their order.
 */
export function createBatches<T, R>(act: (items: readonly T[]) => Promise<readonly R[]>): (item: T) => Promise<R> {
  let waiting: Waiting<T, R>[] = [];

  const flush = async (batch: readonly Waiting<T, R>[]) => {
    try {
      const results = await act(batch.map(({ item }) => item));
      for (const [index, { resolve, reject }] of batch.entries()) {
        const result = results[index];
        if (result === undefined) reject(new Error('a batch has fewer results than items'));
        else resolve(result);
      }
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  };
  const take = () => {
    const all = waiting;
    waiting = [];
    for (let from = 0; from < all.length; from += MOST) void flush(all.slice(from, from + MOST));
  };

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      // After all that has come from sockets in this turn has been read.
      if (waiting.length === 1) setImmediate(take);
    });
}
