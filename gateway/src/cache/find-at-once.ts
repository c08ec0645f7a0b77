import type { CacheStore, Found, Missed } from '@entrepot/cache/cache-store';
import { isFreshForSure } from './keeping.ts';

/** A kept answer, when it is here and fresh beyond doubt: neither past its time nor near it. */
export type FindAtOnce = (key: string) => Found | undefined;

/** The same where somebody has to be asked, in a later turn. */
export type FindLater = (key: string, then: (found: Found | undefined) => void) => void;

/** Undefined for a store that has to be asked. */
export function createFindAtOnce({ getNow }: CacheStore): FindAtOnce | undefined {
  return getNow && ((key) => fresh(getNow(key)));
}

/** Undefined for a store that needs not be asked. Nobody else waits for who finds nothing: looking the usual way comes after this. */
export function createFindLater({ getLater }: CacheStore): FindLater | undefined {
  return getLater && ((key, then) => getLater(key, (found) => then(fresh(found))));
}

const fresh = (found: Found | Missed): Found | undefined =>
  'value' in found && isFreshForSure(found) ? found : undefined;
