import { randomFillSync } from 'node:crypto';

/** Random bytes are drawn in bulk: one call of the generator for many ids costs a fraction of one call each. */
const POOL_BYTES = 4_096;
const pool = Buffer.alloc(POOL_BYTES);
let used = POOL_BYTES;

/** A few unpredictable bytes, good until the next call: copy what is to be kept. */
export function takeRandom(count: number): Buffer {
  if (used + count > POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  used += count;
  return pool.subarray(used - count, used);
}
