import { areTagsUsable } from './cache-store.ts';

/** More than this, and forgetting everything is cheaper than remembering what to forget. */
const MAX_OWED = 5_000;

export type Debt = { readonly what: readonly string[] | 'everything'; readonly upTo: number };

/** Purges that a server has not confirmed yet: until it has, nothing it holds may be served. */
export function createOwedPurges() {
  const tags = new Map<string, number>();
  let everythingAt: number | undefined;
  let version = 0;

  const isEmpty = () => everythingAt === undefined && tags.size === 0;
  const oweEverything = () => {
    everythingAt = version;
    tags.clear();
  };

  return {
    isEmpty,
    add(what: readonly string[] | 'everything'): void {
      version++;
      if (what === 'everything') {
        oweEverything();
        return;
      }
      // No entry can have a tag that is not usable.
      for (const tag of what) if (areTagsUsable([tag])) tags.set(tag, version);
      if (tags.size > MAX_OWED) oweEverything();
    },
    all(): Debt | undefined {
      if (isEmpty()) return undefined;
      return { what: everythingAt === undefined ? [...tags.keys()] : 'everything', upTo: version };
    },
    /** What was added again while it was being paid stays owed: the change it stands for may be a later one. */
    paid({ what, upTo }: Debt): void {
      if (everythingAt !== undefined && what === 'everything' && everythingAt <= upTo) everythingAt = undefined;
      for (const [tag, at] of tags) if (at <= upTo) tags.delete(tag);
    },
  };
}
