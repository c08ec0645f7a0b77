export type Flight<T> = { readonly result: Promise<T>; readonly isLeader: boolean };

export type SingleFlight<T> = {
  /** Joins the running flight of this key, or starts one. */
  join(key: string, act: () => Promise<T>): Flight<T>;
  readonly size: number;
};

/** Lets those who want the same at the same time wait for one of them. Failures are shared as well. */
export function createSingleFlight<T>(): SingleFlight<T> {
  const running = new Map<string, Promise<T>>();
  return {
    join(key, act) {
      const joined = running.get(key);
      if (joined !== undefined) return { result: joined, isLeader: false };
      const result = act().finally(() => running.delete(key));
      running.set(key, result);
      return { result, isLeader: true };
    },
    get size() {
      return running.size;
    },
  };
}
