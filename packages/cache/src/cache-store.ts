/** A moment in a store's history of purges. Only the store that gave it can read it. */
export type Fence = string;

export type Found = {
  readonly value: Buffer;
  readonly ageMs: number;
  /** For how long it may still be served. */
  readonly leftMs: number;
};

/** Nothing to serve. What is now read from its source may be stored under `fence`; without one it must not be stored. */
export type Missed = { readonly fence: Fence | undefined };

export type SetOptions = {
  ttlMs: number;
  /** What the value was made of: purging any of them makes it disappear. */
  tags: readonly string[];
  /** As `get` gave it before the value was read from its source. */
  fence: Fence;
};

/**
 * Values by key, purged by tag. The promise beyond an ordinary cache: a value that was read from its source before one of
 * its tags was purged is never stored after that purge, however slow its reader was. Both implementations
 * (`memory-store.ts`, `redis-store.ts`) pass the same contract test.
 */
export interface CacheStore {
  get(key: string): Promise<Found | Missed>;
  /** False when the value was refused: purged meanwhile, too large, or the store is out of reach. Never rejects. */
  set(key: string, value: Buffer, options: SetOptions): Promise<boolean>;
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
