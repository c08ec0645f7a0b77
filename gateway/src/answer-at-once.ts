import type { Found } from '@entrepot/cache/cache-store';
import type { Question } from './cache/cache-key.ts';
import type { FindAtOnce, FindLater } from './cache/find-at-once.ts';
import { policyOf } from './cache/keeping.ts';
import { type Asking, createKnownQuestions, type KnownQuestionsParts, type Words } from './known-questions.ts';
import type { Admission } from './limits/admission.ts';
import { costTail, withoutEnd } from './limits/cost-extension.ts';
import type { Hopeless } from './limits/hopeless.ts';
import type { Charged } from './limits/rate-limit.ts';
import type { Ready } from './make-answer.ts';
import type { Metrics } from './metrics.ts';
import type { Freshness } from './operations/answers.ts';
import type { Apollo } from './operations/apollo.ts';
import type { MediaType } from './operations/media-type.ts';

export type AtOnceParts = KnownQuestionsParts & {
  apollo: Apollo;
  admission: Admission;
  hopeless: Hopeless;
  /** Where kept answers are in this process. */
  findAtOnce: FindAtOnce | undefined;
  /** Where they are not. */
  findLater: FindLater | undefined;
  metrics: Metrics;
};

/** A kept answer, as it goes out to one of many. */
export type Kept = {
  readonly mediaType: MediaType;
  /** Without its end where a tail follows. */
  readonly body: Buffer;
  readonly tail: string | undefined;
  /** What whoever asks is told of their budget. */
  readonly limits: Readonly<Record<string, string>> | undefined;
  /** Of what others may keep, too. */
  readonly freshness: Freshness | undefined;
};

/** Called with what the short way leads to, in a later turn. */
export type Later = (kept: Kept | undefined) => void;

/** Nothing for whatever has to go the whole way, and nothing has been done then; or says that `later` is going to be called. */
export type Way = (later: Later) => Kept | 'later' | undefined;

export type AtOnce = {
  /** The short way for requests in these words, now and again; undefined where there is none for them. */
  wayTo(words: Words): Way | undefined;
  /** The whole way has led to a kept answer. */
  remember(ready: Ready, question: Question, isPublic: boolean): void;
};

/**
 * The short way to a kept answer, for who asks in the same words as others before: no look at what is known of the operation, and no
 * waiting but for Redis, where answers are kept there. Most of what such an answer costs is the way to it.
 */
export function createAtOnce(parts: AtOnceParts): AtOnce {
  const { apollo, admission, hopeless, findAtOnce, findLater, metrics } = parts;
  const questions = createKnownQuestions(parts);
  const withoutEnds = new WeakMap<Buffer, Buffer>();
  if (apollo.hasPlugins) return { wayTo: () => undefined, remember: () => {} };

  const withoutEndOf = (body: Buffer): Buffer => {
    let cut = withoutEnds.get(body);
    if (!cut) {
      cut = withoutEnd(body);
      withoutEnds.set(body, cut);
    }
    return cut;
  };

  const finish = (asking: Asking, found: Found, charged: Charged | undefined, began: number): Kept => {
    const { operationName, isPublic, words, mediaType, budget } = asking;
    if (admission.isOverwhelmed()) hopeless.tell(words.bytes, false);
    metrics.cache('hit');
    metrics.request(operationName, 'ok', (performance.now() - began) / 1000);
    const freshness = isPublic && words.method === 'GET' ? policyOf(found) : undefined;
    // What others keep is not for one client alone, and so tells nobody's budget.
    return charged && !freshness
      ? { mediaType, body: withoutEndOf(found.value), tail: costTail(charged), limits: budget?.headers(), freshness }
      : { mediaType, body: found.value, tail: undefined, limits: undefined, freshness };
  };

  const answerNow = (asking: Asking, find: FindAtOnce): Kept | undefined => {
    const began = performance.now();
    const { key, price, budget } = asking;
    const found = find(key);
    const charged = found && budget?.chargeAtOnce(price);
    return found && (charged || !budget) ? finish(asking, found, charged, began) : undefined;
  };

  const answerLater = (asking: Asking, find: FindLater, later: Later): 'later' => {
    const began = performance.now();
    const { key, price, budget } = asking;
    find(key, (found) => {
      if (!found) return later(undefined);
      if (!budget) return later(finish(asking, found, undefined, began));
      budget.chargeLater(price, (charged) => later(charged && finish(asking, found, charged, began)));
    });
    return 'later';
  };

  return {
    wayTo(words) {
      const asking = questions.find(words);
      if (!asking) return undefined;
      if (findAtOnce) return () => (asking.isStillSo() ? answerNow(asking, findAtOnce) : undefined);
      return findLater && ((later) => (asking.isStillSo() ? answerLater(asking, findLater, later) : undefined));
    },
    remember: questions.remember,
  };
}
