export type Flight<T> = { readonly result: Promise<T>; readonly isLeader: boolean };

export type SingleFlight<T> = {
  /**
   * Joins the running flight of this key, or starts one. Whoever may leave says when by `gone`; once all have left, `signal` is
   * aborted, and whoever comes after them starts anew.
   */
  join(key: string, act: (signal: AbortSignal) => Promise<T>, gone?: AbortSignal): Flight<T>;
  readonly size: number;
};

type Running<T> = { readonly result: Promise<T>; readonly leave: () => void; waiting: number };

export type SingleFlightOptions<T> = {
  /** For how long one is joined after it has its result: those who come late share it too. Must not reject. */
  until?: (result: T) => Promise<void>;
};

/** Lets those who want the same at the same time wait for one of them. Failures are shared as well. */
export function createSingleFlight<T>({ until }: SingleFlightOptions<T> = {}): SingleFlight<T> {
  const running = new Map<string, Running<T>>();

  const start = (key: string, act: (signal: AbortSignal) => Promise<T>): Running<T> => {
    const all = new AbortController();
    const end = () => {
      if (running.get(key) === flight) running.delete(key);
    };
    const leave = () => {
      flight.waiting--;
      if (flight.waiting > 0) return;
      end();
      all.abort();
    };
    const acting = act(all.signal);
    const flight: Running<T> = { result: until ? acting : acting.finally(end), leave, waiting: 0 };
    running.set(key, flight);
    if (until) acting.then((result) => until(result).then(end, end), end);
    return flight;
  };

  return {
    join(key, act, gone) {
      const joined = running.get(key);
      const flight = joined ?? start(key, act);
      flight.waiting++;
      if (gone?.aborted) flight.leave();
      else gone?.addEventListener('abort', flight.leave, { once: true });
      return { result: flight.result, isLeader: joined === undefined };
    },
    get size() {
      return running.size;
    },
  };
}
