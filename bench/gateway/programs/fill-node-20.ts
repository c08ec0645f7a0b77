import { syncBuiltinESMExports } from 'node:module';
import threads from 'node:worker_threads';
import zlib from 'node:zlib';

/**
 * Imported on Node 20 before our gateway, which is written for Node 24. undici 8, which fetches the keys of access tokens, looks
 * for the first two when it is loaded and calls neither here.
 */
function createZstdDecompress(): never {
  throw new Error('Node 20 has no zstd');
}
// It only marks what must not be sent to another thread, and nothing of undici's is.
function markAsUncloneable(): void {}

function withResolvers<T>() {
  let settle: { resolve(value: T): void; reject(reason: unknown): void } | undefined;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve, reject };
  });
  return { promise, ...settle };
}

Object.assign(zlib, { createZstdDecompress });
Object.assign(threads, { markAsUncloneable });
Object.assign(Promise, { withResolvers });
syncBuiltinESMExports();
