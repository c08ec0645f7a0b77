/**
 * Gathers items while an earlier batch is under way and hands them on together: alone an item does not wait, in a crowd
 * many share one transaction. When a batch fails, its items are tried one by one, so that a bad one harms none but itself.
 */
export function createBatcher<Item, Result>(
  flush: (items: Item[]) => Promise<Result[]>,
  maxBatch: number,
): (item: Item) => Promise<void> {
  type Entry = { item: Item; resolve: () => void; reject: (error: unknown) => void };
  let gathered: Entry[] = [];
  let isFlushing = false;

  const flushAll = async (batch: Entry[]) => {
    try {
      await flush(batch.map(({ item }) => item));
      for (const { resolve } of batch) resolve();
    } catch (error) {
      const [only, ...others] = batch;
      if (only && others.length === 0) return only.reject(error);
      for (const entry of batch) await flushAll([entry]);
    }
  };
  const run = async () => {
    isFlushing = true;
    while (gathered.length > 0) {
      const batch = gathered.slice(0, maxBatch);
      gathered = gathered.slice(maxBatch);
      await flushAll(batch);
    }
    isFlushing = false;
  };
  return (item) =>
    new Promise((resolve, reject) => {
      gathered.push({ item, resolve, reject });
      if (!isFlushing) void run();
    });
}
