import type { AccessTokens } from './auth/access-tokens.ts';
import { createKeys, type Question } from './cache/cache-key.ts';
import type { FindAtOnce } from './cache/find-at-once.ts';
import { budgetOf, priceOf, type ReadyParts } from './get-ready.ts';
import type { Admission } from './limits/admission.ts';
import { withCost } from './limits/cost-extension.ts';
import type { Hopeless } from './limits/hopeless.ts';
import type { RateLimit } from './limits/rate-limit.ts';
import type { Ready } from './make-answer.ts';
import type { Metrics } from './metrics.ts';
import { answerWith } from './operations/answers.ts';
import type { Apollo } from './operations/apollo.ts';
import type { Answer, Incoming } from './operations/http-request.ts';
import { mediaTypeFor } from './operations/media-type.ts';
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

export type AtOnce = {
  /** Undefined for whatever has to go the whole way; nothing has been done then. */
  answer(incoming: Incoming): Answer | undefined;
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

/**
 * The short way to an answer that is kept in this process, for who asks in the same words as others before: no waiting, and no
 * look at what is known of the operation. Most of what such an answer costs is the way to it.
 */
export function createAtOnce(parts: AtOnceParts): AtOnce {
  const { apollo, admission, hopeless, read, accessTokens, findAtOnce, metrics } = parts;
  const known = new WeakMap<Operation, Known>();

  const knownOf = (incoming: Incoming): Known | undefined => {
    const operation = read.again(incoming);
    const found = operation && known.get(operation);
    return found?.generation === parts.generation().id ? found : undefined;
  };

  return {
    answer(incoming) {
      if (!findAtOnce || incoming.method !== 'POST' || apollo.hasPlugins) return undefined;
      const began = performance.now();
      const { accept, authorization } = incoming.headers;
      const mediaType = mediaTypeFor(accept);
      const about = mediaType && knownOf(incoming);
      if (!about) return undefined;
      const viewer = authorization === undefined ? undefined : accessTokens?.known(authorization);
      // Whom it does not know, or who sees more than others.
      if (authorization !== undefined && (!viewer || viewer.roles.length > 0)) return undefined;
      const body = findAtOnce(about.key);
      if (!body) return undefined;
      const budget = budgetOf(parts, incoming, viewer);
      const charged = budget?.chargeAtOnce(about.price);
      if (budget && !charged) return undefined;
      const kept = charged ? withCost(body, charged) : { body };
      const answer = answerWith({ isExecuted: true, ...kept }, mediaType);
      if (admission.isOverwhelmed()) hopeless.tell(incoming.bytes, false);
      metrics.cache('hit');
      metrics.request(about.operationName, 'ok', (performance.now() - began) / 1000);
      return budget ? { ...answer, headers: { ...answer.headers, ...budget.headers() } } : answer;
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
