import type { CacheStore } from '@entrepot/cache/cache-store';
import { isFreshForSure } from './keeping.ts';

/** The kept answer for everybody, when it is here and fresh beyond doubt: neither past its time nor near it. */
export type FindAtOnce = (key: string) => Buffer | undefined;

/** Undefined for a store that has to be asked. */
export function createFindAtOnce({ getNow }: CacheStore): FindAtOnce | undefined {
  if (!getNow) return undefined;
  return (key) => {
    const found = getNow(key);
    return 'value' in found && isFreshForSure(found) ? found.value : undefined;
  };
}
