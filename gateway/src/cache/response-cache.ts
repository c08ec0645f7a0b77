import { createHash } from 'node:crypto';
import type { CacheStore, Fence } from '@entrepot/cache/cache-store';
import type { Viewer } from '@entrepot/kernel/viewer';
import type { Registry } from '@entrepot/telemetry/metrics';
import { LRUCache } from 'lru-cache';
import { Counter } from 'prom-client';

/** What of a request decides its answer. */
export type Question = {
  supergraph: string;
  query: string;
  operationName: string | undefined;
  variables: unknown;
  viewer: Viewer | undefined;
};

/** An answer as it is kept: the text of the body, and for how long and for whom it was good. */
export type KeptAnswer = { body: string; operation: string | undefined; maxAgeS: number; isPrivate: boolean };
export type Lookup =
  | { kind: 'hit'; answer: KeptAnswer }
  /** `publicKey` is given when answers to this operation have been the same for everybody so far. */
  | {
      kind: 'miss';
      publicKey: string | undefined;
      keep: (answer: KeptAnswer, tags: readonly string[]) => Promise<void>;
    }
  | { kind: 'bypass' };

export type ResponseCacheOptions = {
  store: CacheStore;
  registry: Registry;
  /** False while purges may not reach us: nothing is served that could have changed unheard. */
  isTrusted: () => boolean;
};

/** Operations whose nature is remembered. */
const REMEMBERED = 10_000;
type Nature = 'public' | 'private' | 'never';

/**
 * Whole answers, kept for everybody or for one viewer. Which of the two an answer is the subgraphs decide, so it is known
 * only once it is there; what an operation's last answer was saves looking in the wrong place. Viewers with roles see more
 * than shoppers: they neither take from what is kept for everybody nor add to it.
 */
export function createResponseCache({ store, registry, isTrusted }: ResponseCacheOptions) {
  const natures = new LRUCache<string, Nature>({ max: REMEMBERED });
  const requests = new Counter({
    name: 'cache_requests_total',
    help: 'Requests to the response cache by outcome: hit, miss, bypass (not asked)',
    labelNames: ['outcome'],
    registers: [registry],
  });

  const look = async (question: Question): Promise<Lookup> => {
    if (!isTrusted()) return { kind: 'bypass' };
    const { viewer } = question;
    const operation = digest([question.supergraph, question.query, question.operationName ?? '']);
    const nature = natures.get(operation);
    if (nature === 'never') return { kind: 'bypass' };
    const rest = digest([operation, JSON.stringify(question.variables ?? {})]);
    const isShopper = viewer === undefined || viewer.roles.length === 0;
    const publicKey = isShopper ? `pub:${rest}` : undefined;
    // Roles are part of the key: who loses one must not be shown what it opened.
    const privateKey = viewer && `own:${viewer.id}:${viewer.roles.join('+')}:${rest}`;

    let fence: Fence | undefined;
    const asked = [nature === 'private' ? undefined : publicKey, nature === 'public' ? undefined : privateKey];
    for (const key of asked) {
      if (key === undefined) continue;
      const found = await store.get(key);
      if ('value' in found) return { kind: 'hit', answer: decode(found.value) };
      // The oldest fence is the safest.
      fence ??= found.fence;
    }
    const keep = async (answer: KeptAnswer, tags: readonly string[]) => {
      natures.set(operation, answer.isPrivate ? 'private' : 'public');
      const key = answer.isPrivate ? privateKey : publicKey;
      if (key === undefined || fence === undefined || !isTrusted()) return;
      await store.set(key, encode(answer), { ttlMs: jitter(answer.maxAgeS) * 1000, tags, fence });
    };
    return { kind: 'miss', publicKey: nature === 'public' && fence !== undefined ? publicKey : undefined, keep };
  };

  return {
    async look(question: Question): Promise<Lookup> {
      const found = await look(question);
      requests.inc({ outcome: found.kind });
      return found;
    },
    /** Remembers that answers to this operation are never kept, such as those of mutations. */
    never({ supergraph, query, operationName }: Question): void {
      natures.set(digest([supergraph, query, operationName ?? '']), 'never');
    },
  };
}
export type ResponseCache = ReturnType<typeof createResponseCache>;

/** Up to a tenth less, so that what was stored together does not expire together. */
const jitter = (seconds: number) => seconds * (1 - Math.random() / 10);

/** Lengths go in first, so that no two lists of texts make the same input. */
function digest(texts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`${text.length}:`).update(text);
  return hash.digest('base64url');
}

/** What is told of an answer as JSON on a line of its own, then the answer's text as it is. */
function encode({ body, ...rest }: KeptAnswer): Buffer {
  return Buffer.from(`${JSON.stringify(rest)}\n${body}`);
}

function decode(value: Buffer): KeptAnswer {
  const end = value.indexOf(10);
  const rest: Omit<KeptAnswer, 'body'> = JSON.parse(value.toString('utf8', 0, end));
  return { ...rest, body: value.toString('utf8', end + 1) };
}
