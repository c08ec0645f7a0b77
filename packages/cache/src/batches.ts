/** Of one batch: more would hold up whoever else asks. */
const MOST = 200;

/** Told the result, or nothing where there is none. */
type Then<R> = (result: R | undefined) => void;

/**
 * Collects what is asked for in one turn of the event loop, and asks for all of it at once: under load a round trip is shared
 * by many, and who is alone waits no longer. `act` has a result for each item, in their order, and never rejects. Whoever asks
 * is told in a later turn, by a call: so many promises would cost more than the asking.
 */
export function createBatches<T, R>(
  act: (items: readonly T[]) => Promise<readonly (R | undefined)[]>,
): (item: T, then: Then<R>) => void {
  let items: T[] = [];
  let thens: Then<R>[] = [];

  const flush = async (some: readonly T[], theirs: readonly Then<R>[]) => {
    const results = await act(some);
    for (let index = 0; index < theirs.length; index++) theirs[index]?.(results[index]);
  };
  const take = () => {
    const [all, allThens] = [items, thens];
    items = [];
    thens = [];
    for (let from = 0; from < all.length; from += MOST)
      void flush(all.slice(from, from + MOST), allThens.slice(from, from + MOST));
  };

  return (item, then) => {
    thens.push(then);
    // After all that has come from sockets in this turn has been read.
    if (items.push(item) === 1) setImmediate(take);
  };
}
