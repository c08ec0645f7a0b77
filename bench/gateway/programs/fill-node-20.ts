import { syncBuiltinESMExports } from 'node:module';
import threads from 'node:worker_threads';
import zlib from 'node:zlib';

/**
 * Imported on Node 20 before our gateway: undici 8, which fetches the keys of access tokens, looks for these when it is loaded.
 * Neither is called here.
 */
const lacking = (name: string) => () => {
  throw new Error(`Node 20 has no ${name}`);
};
Object.assign(zlib, { createZstdDecompress: lacking('zstd') });
// It only marks what must not be sent to another thread, and nothing of undici's is.
Object.assign(threads, { markAsUncloneable() {} });
syncBuiltinESMExports();
