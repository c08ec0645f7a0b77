import type { Pool } from 'pg';
import { createAddressStore } from './address-store.ts';
import { createSessionStore } from './session-store.ts';
import { createThrottleStore } from './throttle-store.ts';
import { createUserStore } from './user-store.ts';

/** Everything that writes to the users database. `afterCommit` is called when events may be in the outbox. */
export function createStores(pool: Pool, afterCommit: () => void) {
  return {
    users: createUserStore(pool, afterCommit),
    addresses: createAddressStore(pool, afterCommit),
    sessions: createSessionStore(pool),
    throttle: createThrottleStore(pool),
  };
}
export type Stores = ReturnType<typeof createStores>;
