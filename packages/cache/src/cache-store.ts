/**
 * How far the purges had come when a value was looked for in vain. A value that is then made may only be stored if none of
 * its tags was purged since: what was read before a change must never be kept after it.
 */
export type Fence = number;

export type Found = { readonly value: string };
export type Missed = { readonly fence: Fence };

export type Entry = {
  readonly ttlMs: number;
  /** What the value was made of; purging any of them removes it. */
  readonly tags: readonly string[];
  readonly fence: Fence;
};

/**
 * Keeps values by key for a while, and removes them by what they were made of. Never fails and never waits long: a store
 * that cannot be reached is a store without the value. Both implementations pass the same contract test.
 */
export interface CacheStore {
  get(key: string): Promise<Found | Missed>;
  /** Stores unless one of the tags was purged after the fence; returns whether it did. */
  set(key: string, value: string, entry: Entry): Promise<boolean>;
  /** Removes everything that has one of the tags. Rejects when it could not: the caller must then try again or clear. */
  purge(tags: readonly string[]): Promise<void>;
  /** Forgets everything. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** The fence of a store that could not be asked: nothing is stored under it. */
export const NO_FENCE: Fence = -1;
