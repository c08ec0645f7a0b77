import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '@entrepot/kernel/fault';
import type { Logger } from '@entrepot/telemetry/logger';
import { request } from 'undici';
import { z } from 'zod';
import type { TokenHeader } from './open-token.ts';
import { type AlgorithmName, readTokenKeys, type TokenKey } from './token-key.ts';

const FETCH_TIMEOUT_MS = 2_000;
/** A key that is older is used, while a newer set is fetched beside: that is how a withdrawn key ends. */
const FRESH_MS = 300_000;
/** A set is fetched at most so often, however many tokens name keys that do not exist. */
const PAUSE_MS = 2_000;
const MAX_BYTES = 65_536;
const MAX_KEYS = 32;

const KeySet = z.object({ keys: z.array(z.unknown()) });

export type KeySource = {
  /**
   * The key that a token's header asks for; a promise only when it has to be looked for. Undefined when the issuer has no such key.
   * @throws Fault UNAVAILABLE, by the promise, when that cannot be found out now
   */
  keyFor(header: TokenHeader): TokenKey | undefined | Promise<TokenKey | undefined>;
};

/** The public keys of a token issuer (RFC 7517), kept here and fetched anew when they are old or one is unknown. */
export function createKeySource(url: string, logger: Logger): KeySource {
  let keys: Keys = new Map();
  let fetchedAt = Number.NEGATIVE_INFINITY;
  let triedAt = Number.NEGATIVE_INFINITY;
  let failure: unknown;
  let fetching: Promise<void> | undefined;

  const refresh = (): Promise<void> => {
    fetching ??= (async () => {
      triedAt = performance.now();
      try {
        keys = keysIn(await fetchSet(url), (error) =>
          logger.warn({ err: error, url }, 'a key of access tokens is no use'),
        );
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

  const lookFor = async (header: TokenHeader): Promise<TokenKey | undefined> => {
    if (performance.now() - triedAt >= PAUSE_MS || fetching !== undefined) await refresh();
    const found = keyOf(keys, header);
    if (found === undefined && failure !== undefined)
      throw new Fault('UNAVAILABLE', 'access tokens cannot be checked now; try again', { cause: failure });
    return found;
  };

  return {
    keyFor(header) {
      const known = keyOf(keys, header);
      if (known === undefined) return lookFor(header);
      const now = performance.now();
      if (now - fetchedAt > FRESH_MS && now - triedAt >= PAUSE_MS) void refresh();
      return known;
    },
  };
}

/** By algorithm and `kid`: keys of different kinds may have the same one. Undefined where more than one key is meant. */
type Keys = ReadonlyMap<AlgorithmName, ReadonlyMap<string | undefined, TokenKey | undefined>>;

const keyOf = (keys: Keys, { algorithm, kid }: TokenHeader): TokenKey | undefined => keys.get(algorithm)?.get(kid);

/** What cannot be used does not keep the others from it. */
function keysIn(set: readonly unknown[], onUseless: (error: unknown) => void): Keys {
  const keys = new Map<AlgorithmName, Map<string | undefined, TokenKey | undefined>>();
  for (const one of set.slice(0, MAX_KEYS))
    try {
      for (const key of readTokenKeys(one)) {
        const ofAlgorithm = keys.get(key.algorithm) ?? new Map<string | undefined, TokenKey | undefined>();
        keys.set(key.algorithm, ofAlgorithm);
        // Whose token names no key means the only one there is (OpenID Connect Core, section 10.1).
        ofAlgorithm.set(undefined, ofAlgorithm.size === 0 ? key : undefined);
        if (key.kid !== undefined) ofAlgorithm.set(key.kid, key);
      }
    } catch (error) {
      onUseless(error);
    }
  return keys;
}

async function fetchSet(url: string): Promise<readonly unknown[]> {
  const limit = new AbortController();
  const text = await Promise.race([
    read(url, limit.signal),
    sleep(FETCH_TIMEOUT_MS, undefined, { ref: false }).then(() => {
      limit.abort();
      throw new Error(`no answer within ${FETCH_TIMEOUT_MS} ms`);
    }),
  ]);
  return KeySet.parse(JSON.parse(text)).keys;
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
