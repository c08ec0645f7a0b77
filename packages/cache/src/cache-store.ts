/** A moment in a store's history of purges. Only the store that gave it can read it. */
export type Fence = string;

export type Found = {
  readonly value: Buffer;
  /** What `set` was given beside the value. */
  readonly note: string;
  readonly tags: readonly string[];
  readonly ageMs: number;
  /** For how long it is fresh; nothing or less for one that is past its time and still kept (`staleMs`). */
  readonly leftMs: number;
  /** What is now read from its source to replace the value may be stored under this. */
  readonly fence: Fence;
};

/** Nothing to serve. What is now read from its source may be stored under `fence`; without one it must not be stored. */
export type Missed = {
  readonly fence: Fence | undefined;
  /** Somebody else, in another process perhaps, holds the lease that was asked for: a value should be here soon. */
  readonly isLeased?: boolean;
};

export type Entry = {
  readonly key: string;
  readonly value: Buffer;
  readonly ttlMs: number;
  /** For how much longer it is kept and given out as stale. */
  readonly staleMs?: number | undefined;
  /** What the value was made of: purging any of them makes it disappear, stale or not. */
  readonly tags: readonly string[];
  readonly note?: string | undefined;
};

/** `fence`: as `get` gave it before the value was read from its source. */
export type SetOptions = Omit<Entry, 'key' | 'value'> & { readonly fence: Fence };

/**
 * Values by key, purged by tag. The promise beyond an ordinary cache: a value that was read from its source before one of
 * its tags was purged is never stored after that purge, however slow its reader was. Both implementations
 * (`memory-store.ts`, `redis-store.ts`) pass the same contract test.
 */
export interface CacheStore {
  /**
   * With `leaseMs`, whoever finds nothing gets a lease for so long, unless another has it; a purge ends all leases, so that
   * nobody waits for what was read before it. Where there is one process only, a single flight does better: all get it.
   */
  get(key: string, leaseMs?: number): Promise<Found | Missed>;
  /** The same at once, in a store that needs not ask anybody. */
  readonly getNow?: ((key: string) => Found | Missed) | undefined;
  /** The same in a later turn, in a store that has to: a call costs less than a promise. */
  readonly getLater?: ((key: string, then: (found: Found | Missed) => void) => void) | undefined;
  /** The same for many keys at once, in their order. All that are missing have one fence. */
  getMany(keys: readonly string[]): Promise<readonly (Found | Missed)[]>;
  /** False when the value was refused: purged meanwhile, too large, or the store is out of reach. Never rejects. */
  set(key: string, value: Buffer, options: SetOptions): Promise<boolean>;
  /** The same for many values that were read under one fence. */
  setMany(fence: Fence, entries: readonly Entry[]): Promise<readonly boolean[]>;
  /** Gives a lease back. Never rejects. */
  release(key: string): Promise<void>;
  /** Resolves when no `get` that begins from now on finds a value with one of the tags. Rejects when that is uncertain. */
  purge(tags: readonly string[]): Promise<void>;
  /** Forgets everything, with the same promise as `purge`. */
  clear(): Promise<void>;
  /** Whether it serves and stores now; while it does not, every `get` is a miss without a fence. */
  isReady(): boolean;
  close(): Promise<void>;
}

/** How many tags an entry may have: more would make looking it up costlier than what it saves. */
export const MAX_TAGS = 2_000;

/** How many purged tags a store remembers; what was stored before the oldest of them is not served any more. */
export const MAX_PURGED_TAGS = 100_000;

/** Whether a list of tags can be kept with an entry. `#` and line breaks are what the Redis store writes between them. */
export function areTagsUsable(tags: readonly string[]): boolean {
  return tags.length <= MAX_TAGS && tags.every((tag) => !tag.startsWith('#') && !tag.includes('\n'));
}
