export type Deadlines = {
  /** Something has to be over by this moment, by the clock of `performance`. */
  watch(moment: number): void;
};

/**
 * One timer for all that has to be over in time: nearly all of it is over long before, and a timer for each would cost more than
 * looking at what is left when the earliest moment has come. `endLate` ends what is late, and tells the earliest moment of the rest.
 */
export function createDeadlines(endLate: (now: number) => number): Deadlines {
  let earliest = Number.POSITIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;

  const look = () => {
    earliest = Number.POSITIVE_INFINITY;
    watch(endLate(performance.now()));
  };

  const watch = (moment: number) => {
    if (moment >= earliest) return;
    earliest = moment;
    clearTimeout(timer);
    // After a moment in which nothing could be read, what has come meanwhile is read first.
    timer = setTimeout(() => setImmediate(look), Math.max(0, moment - performance.now())).unref();
  };

  return { watch };
}
