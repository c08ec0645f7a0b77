import type { AccessTokens } from './auth/access-tokens.ts';
import type { TokenViewer } from './auth/viewer-state.ts';
import { createKeys, type Question } from './cache/cache-key.ts';
import type { FindAtOnce } from './cache/find-at-once.ts';
import { budgetOf, priceOf, type ReadyParts } from './get-ready.ts';
import type { Admission } from './limits/admission.ts';
import { costTail, withoutEnd } from './limits/cost-extension.ts';
import type { Hopeless } from './limits/hopeless.ts';
import type { Budget, RateLimit } from './limits/rate-limit.ts';
import type { Ready } from './make-answer.ts';
import type { Metrics } from './metrics.ts';
import type { Apollo } from './operations/apollo.ts';
import type { Incoming } from './operations/http-request.ts';
import { type MediaType, mediaTypeFor } from './operations/media-type.ts';
import type { Operation, ReadOperations } from './operations/read-operations.ts';

export type AtOnceParts = Pick<ReadyParts, 'generation' | 'rulesOf'> & {
  apollo: Apollo;
  admission: Admission;
  hopeless: Hopeless;
  read: ReadOperations;
  accessTokens: AccessTokens | undefined;
  rates: RateLimit | undefined;
  /** Undefined where kept answers are not in this process. */
  findAtOnce: FindAtOnce | undefined;
  metrics: Metrics;
};

/** What of a request decides how it is answered. */
type Words = Pick<Incoming, 'method' | 'headers' | 'bytes' | 'address'>;

/** A kept answer, as it goes out to one of many. */
export type Kept = {
  readonly mediaType: MediaType;
  /** Without its end where a tail follows. */
  readonly body: Buffer;
  readonly tail: string | undefined;
  /** What whoever asks is told of their budget. */
  readonly limits: Readonly<Record<string, string>> | undefined;
};

export type AtOnce = {
  /** Undefined for whatever has to go the whole way; nothing has been done then. */
  answer(words: Words): Kept | undefined;
  /** The same for requests that come in the same words again and again; undefined where there is no short way for them. */
  wayTo(words: Words): (() => Kept | undefined) | undefined;
  /** The whole way has led to an answer that is kept for everybody. */
  remember(ready: Ready, question: Question): void;
};

/** What the whole way has found out about an operation, which is the same for everybody who asks the same of this generation. */
type Known = {
  /** Its id, since operations are remembered for longer than generations ought to be. */
  readonly generation: string;
  readonly operationName: string | undefined;
  readonly key: string;
  /** In units of budgets. */
  readonly price: number;
};

type Asking = {
  readonly about: Known;
  readonly mediaType: MediaType;
  readonly budget: Budget | undefined;
  readonly bytes: Buffer;
};

/**
 * The short way to an answer that is kept in this process, for who asks in the same words as others before: no waiting, and no
 * look at what is known of the operation. Most of what such an answer costs is the way to it.
 */
export function createAtOnce(parts: AtOnceParts): AtOnce {
  const { apollo, admission, hopeless, read, accessTokens, findAtOnce, metrics } = parts;
  const known = new WeakMap<Operation, Known>();
  const withoutEnds = new WeakMap<Buffer, Buffer>();

  const isCurrent = ({ generation }: Known): boolean => generation === parts.generation().id;
  /** Undefined for whom it does not know, and for who sees more than others. */
  const findSharer = (authorization: string): TokenViewer | undefined => {
    const viewer = accessTokens?.known(authorization);
    return viewer?.roles.length === 0 ? viewer : undefined;
  };

  const askingOf = (words: Words): Asking | undefined => {
    if (!findAtOnce || words.method !== 'POST' || apollo.hasPlugins) return undefined;
    const { accept, authorization } = words.headers;
    const mediaType = mediaTypeFor(accept);
    const operation = mediaType && read.again(words);
    const about = operation && known.get(operation);
    if (!about || !isCurrent(about)) return undefined;
    const viewer = authorization === undefined ? undefined : findSharer(authorization);
    if (authorization !== undefined && !viewer) return undefined;
    return { about, mediaType, budget: budgetOf(parts, words, viewer), bytes: words.bytes };
  };

  const withoutEndOf = (body: Buffer): Buffer => {
    let cut = withoutEnds.get(body);
    if (!cut) {
      cut = withoutEnd(body);
      withoutEnds.set(body, cut);
    }
    return cut;
  };

  const answerTo = ({ about, mediaType, budget, bytes }: Asking): Kept | undefined => {
    const began = performance.now();
    const body = findAtOnce?.(about.key);
    if (!body) return undefined;
    const charged = budget?.chargeAtOnce(about.price);
    if (budget && !charged) return undefined;
    if (admission.isOverwhelmed()) hopeless.tell(bytes, false);
    metrics.cache('hit');
    metrics.request(about.operationName, 'ok', (performance.now() - began) / 1000);
    return charged
      ? { mediaType, body: withoutEndOf(body), tail: costTail(charged), limits: budget?.headers() }
      : { mediaType, body, tail: undefined, limits: undefined };
  };

  return {
    answer(words) {
      const asking = askingOf(words);
      return asking && answerTo(asking);
    },
    wayTo(words) {
      const asking = askingOf(words);
      if (!asking) return undefined;
      const { authorization } = words.headers;
      // Graphs are replaced, and tokens end.
      const isOpen = () =>
        isCurrent(asking.about) && (authorization === undefined || findSharer(authorization) !== undefined);
      return () => (isOpen() ? answerTo(asking) : undefined);
    },
    remember(ready, question) {
      const { operation, generation, document, described, cost, incoming } = ready;
      // A hash that comes with its text is to be learned anew each time.
      if (!findAtOnce || operation.isPersisted || incoming.method !== 'POST') return;
      // Of what needs an authorization each viewer sees something else; and some take what is deferred in parts.
      const { authorization } = parts.rulesOf(generation);
      if (authorization.demandsOf(document.node) || document.text.includes('@defer')) return;
      const key = createKeys(question).shared();
      known.set(operation, { generation: generation.id, operationName: described.name, key, price: priceOf(cost) });
    },
  };
}
