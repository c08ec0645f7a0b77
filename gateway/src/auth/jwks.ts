import { createPublicKey, type KeyObject } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '@entrepot/kernel/fault';
import type { Logger } from '@entrepot/telemetry/logger';
import { request } from 'undici';
import { z } from 'zod';

const FETCH_TIMEOUT_MS = 2_000;
/** A key that is older is used, while a newer set is fetched beside: that is how a withdrawn key ends. */
const FRESH_MS = 300_000;
/** A set is fetched at most so often, however many tokens name keys that do not exist. */
const PAUSE_MS = 2_000;
const MAX_BYTES = 65_536;
const MAX_KEYS = 32;

const KeySet = z.object({ keys: z.array(z.unknown()) });
/** Only what we accept in a token's header; other keys of the set may be meant for others. */
const Key = z.object({ kid: z.string(), kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string() });

export type KeySource = {
  /** Undefined when the issuer has no such key. @throws Fault UNAVAILABLE when that cannot be found out now */
  keyFor(kid: string): Promise<KeyObject | undefined>;
};

/** The public keys of a token issuer (RFC 7517), kept here and fetched anew when they are old or one is unknown. */
export function createKeySource(url: string, logger: Logger): KeySource {
  let keys: ReadonlyMap<string, KeyObject> = new Map();
  let fetchedAt = Number.NEGATIVE_INFINITY;
  let triedAt = Number.NEGATIVE_INFINITY;
  let failure: unknown;
  let fetching: Promise<void> | undefined;

  const refresh = (): Promise<void> => {
    fetching ??= (async () => {
      triedAt = performance.now();
      try {
        keys = await fetchKeys(url);
        fetchedAt = performance.now();
        failure = undefined;
      } catch (error) {
        failure = error;
        logger.warn({ err: error, url }, 'the keys of access tokens cannot be fetched');
      } finally {
        fetching = undefined;
      }
    })();
    return fetching;
  };

  return {
    async keyFor(kid) {
      const known = keys.get(kid);
      const now = performance.now();
      const mayTry = now - triedAt >= PAUSE_MS;
      if (known !== undefined) {
        if (now - fetchedAt > FRESH_MS && mayTry) void refresh();
        return known;
      }
      if (mayTry || fetching !== undefined) await refresh();
      const found = keys.get(kid);
      if (found === undefined && failure !== undefined)
        throw new Fault('UNAVAILABLE', 'access tokens cannot be checked now; try again', { cause: failure });
      return found;
    },
  };
}

async function fetchKeys(url: string): Promise<ReadonlyMap<string, KeyObject>> {
  const limit = new AbortController();
  const text = await Promise.race([
    read(url, limit.signal),
    sleep(FETCH_TIMEOUT_MS, undefined, { ref: false }).then(() => {
      limit.abort();
      throw new Error(`no answer within ${FETCH_TIMEOUT_MS} ms`);
    }),
  ]);
  const { keys } = KeySet.parse(JSON.parse(text));
  const usable = keys.slice(0, MAX_KEYS).flatMap((key) => Key.safeParse(key).data ?? []);
  return new Map(usable.map(({ kid, ...jwk }) => [kid, createPublicKey({ key: jwk, format: 'jwk' })]));
}

async function read(url: string, signal: AbortSignal): Promise<string> {
  const { statusCode, body } = await request(url, { signal, headers: { accept: 'application/json' } });
  if (statusCode !== 200) {
    await body.dump();
    throw new Error(`answered with status ${statusCode}`);
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    if (bytes > MAX_BYTES) throw new Error(`larger than ${MAX_BYTES} bytes`);
    chunks.push(part);
  }
  return Buffer.concat(chunks).toString('utf8');
}
