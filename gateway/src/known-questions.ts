import type { AccessTokens } from './auth/access-tokens.ts';
import type { TokenViewer } from './auth/viewer-state.ts';
import { audienceOf } from './cache/audience.ts';
import { createKeys, type Keys, type Question } from './cache/cache-key.ts';
import { budgetOf, priceOf, type ReadyParts } from './get-ready.ts';
import type { Budget, RateLimit } from './limits/rate-limit.ts';
import type { Ready } from './make-answer.ts';
import type { Incoming } from './operations/http-request.ts';
import { type MediaType, mediaTypeFor } from './operations/media-type.ts';
import type { Operation, ReadOperations } from './operations/read-operations.ts';

export type KnownQuestionsParts = Pick<ReadyParts, 'generation' | 'rulesOf'> & {
  read: ReadOperations;
  accessTokens: AccessTokens | undefined;
  rates: RateLimit | undefined;
};

/** What of a request decides how it is answered. */
export type Words = Pick<Incoming, 'method' | 'headers' | 'bytes' | 'search' | 'address'>;

/** What the whole way has found out about an operation, which is the same for everybody who asks the same of this generation. */
type Known = {
  /** Its id, since operations are remembered for longer than generations ought to be. */
  readonly generation: string;
  readonly operationName: string | undefined;
  /** In units of budgets. */
  readonly price: number;
  /** Whether its answers were kept for everybody lately, and not for each viewer. */
  readonly isPublic: boolean;
  readonly keys: Keys;
  readonly ownKeys: WeakMap<TokenViewer, string>;
};

/** A known question, and who asks it. */
export type Asking = Pick<Known, 'operationName' | 'price' | 'isPublic'> & {
  readonly words: Words;
  readonly mediaType: MediaType;
  readonly budget: Budget | undefined;
  /** Of the answer that is kept for who asks. */
  readonly key: string;
  /** Graphs are replaced, and tokens end. */
  isStillSo(): boolean;
};

export type KnownQuestions = {
  /** Undefined for what is not known, and for whom it is not. */
  find(words: Words): Asking | undefined;
  /** The whole way has led to a kept answer. */
  remember(ready: Ready, question: Question, isPublic: boolean): void;
};

/** Questions that have been answered by something kept, by the words in which they were asked. */
export function createKnownQuestions(parts: KnownQuestionsParts): KnownQuestions {
  const { read, accessTokens } = parts;
  const known = new WeakMap<Operation, Known>();

  const isCurrent = ({ generation }: Known): boolean => generation === parts.generation().id;

  return {
    find(words) {
      const { accept, authorization } = words.headers;
      const mediaType = mediaTypeFor(accept);
      const operation = mediaType && read.again(words);
      const about = operation && known.get(operation);
      if (!about || !isCurrent(about)) return undefined;
      const viewer = authorization === undefined ? undefined : accessTokens?.known(authorization);
      const key = authorization === undefined || viewer ? keyFor(about, viewer) : undefined;
      if (key === undefined) return undefined;
      const isStillSo = () =>
        isCurrent(about) && (authorization === undefined || accessTokens?.known(authorization) === viewer);
      const { operationName, price, isPublic } = about;
      return {
        operationName,
        price,
        isPublic,
        words,
        mediaType,
        budget: budgetOf(parts, words, viewer),
        key,
        isStillSo,
      };
    },
    remember({ operation, generation, document, described, cost }, question, isPublic) {
      // A hash that comes with its text is to be learned anew each time.
      if (operation.isPersisted) return;
      // Of what needs an authorization each viewer sees something else; and some take what is deferred in parts.
      const { authorization } = parts.rulesOf(generation);
      if (authorization.demandsOf(document.node) || document.text.includes('@defer')) return;
      known.set(operation, {
        generation: generation.id,
        operationName: described.name,
        price: priceOf(cost),
        isPublic,
        keys: createKeys(question),
        ownKeys: new WeakMap(),
      });
    },
  };
}

function keyFor({ isPublic, keys, ownKeys }: Known, viewer: TokenViewer | undefined): string | undefined {
  // Whoever has a role sees more than what everybody shares.
  if (isPublic) return viewer && viewer.roles.length > 0 ? undefined : keys.shared();
  const { own } = audienceOf(viewer);
  if (!viewer || own === undefined) return undefined;
  let key = ownKeys.get(viewer);
  if (key === undefined) {
    key = keys.of(own);
    ownKeys.set(viewer, key);
  }
  return key;
}
