import { Cancellation } from '@entrepot/kernel/cancellation';

export type Flight<T> = { readonly result: Promise<T>; readonly isLeader: boolean };

export type SingleFlight<T> = {
  /**
   * Joins the running flight of this key, or starts one. Whoever may leave says when by `gone`; once all have left, `all` is
   * cancelled, and whoever comes after them starts anew.
   */
  join(key: string, act: (all: Cancellation) => Promise<T>, gone?: Cancellation): Flight<T>;
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

  const start = (key: string, act: (all: Cancellation) => Promise<T>): Running<T> => {
    const all = new Cancellation();
    const end = () => {
      if (running.get(key) === flight) running.delete(key);
    };
    const leave = () => {
      flight.waiting--;
      if (flight.waiting > 0) return;
      end();
      all.cancel();
    };
    const acting = act(all);
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
      if (gone?.isCancelled) flight.leave();
      else gone?.listen(flight.leave);
      return { result: flight.result, isLeader: joined === undefined };
    },
    get size() {
      return running.size;
    },
  };
}
