import type { FormattedExecutionResult } from 'graphql';
import type { Changes } from './changes.ts';
import { ENDINGS, type Ending } from './ending.ts';

/** What a query answered, as text and as what the text means. */
export type LiveAnswer = {
  readonly text: string;
  readonly result: FormattedExecutionResult;
};

/** A running subscription, as its transport sees it. For one caller of `next` at a time. */
export type Live = {
  /** The next answer; `idle` when there was none for `idleMs`; undefined when it is over. */
  next(idleMs?: number): Promise<LiveAnswer | 'idle' | undefined>;
  end(ending?: Ending): void;
  readonly ending: Ending | undefined;
};

export type LiveOptions = {
  changes: Changes;
  /** Reads the entity again, on behalf of the subscriber. */
  read: (id: string, sequence: number) => Promise<LiveAnswer>;
  responseKey: string;
  /**
   * What is told before any change: the entity that is noted already, or null when there is none; or null at once, of those who
   * follow no single one, so that they know from when on they are told everything.
   */
  first?: 'noted' | 'null' | undefined;
  /** Of a change that was noted then. */
  onAnswer: (since: number) => void;
  /** A change that could not be told in the end. */
  onFailed: () => void;
  retryMs?: number;
};

/** Failures that pass by themselves. */
const PASSING = new Set<unknown>([
  'TIMEOUT',
  'UNAVAILABLE',
  'OVERLOADED',
  'INTERNAL_SERVER_ERROR',
  'INVALID_SUBGRAPH_RESPONSE',
]);
const UNREADABLE: LiveAnswer = {
  text: '',
  result: { errors: [{ message: 'not read', extensions: { code: 'UNAVAILABLE' } }] },
};
const MAX_ATTEMPTS = 8;
const RETRY_MS = 250;
const MAX_RETRY_MS = 8_000;

/**
 * Turns changes into answers, one after the other and only when the subscriber takes them. Where an answer has no entity, the
 * subscriber may not see it, and must not even learn that there is one: nothing is said. The same holds when it could not be
 * read; as it may be theirs, it is read again until it can be.
 */
export function createLive(options: LiveOptions): Live {
  const { changes, read, responseKey, onAnswer, onFailed, retryMs = RETRY_MS } = options;
  const attempts = new Map<string, number>();
  let { first } = options;

  const again = (id: string, sequence: number) => {
    const attempt = (attempts.get(id) ?? 0) + 1;
    if (attempt >= MAX_ATTEMPTS) {
      attempts.delete(id);
      return onFailed();
    }
    attempts.set(id, attempt);
    const delay = Math.min(MAX_RETRY_MS, retryMs * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2);
    // When the subscription has ended meanwhile, nobody listens.
    setTimeout(() => changes.note(id, sequence), delay).unref();
  };

  return {
    async next(idleMs) {
      if (first === 'null' && !changes.isOver()) {
        first = undefined;
        return nullFor(responseKey);
      }
      for (;;) {
        const change = await changes.next(idleMs);
        if (change === undefined || change === 'idle') return change;
        const answer = await read(change.id, change.sequence).catch(() => UNREADABLE);
        if (changes.isOver()) return undefined;
        const { data, errors = [] } = answer.result;
        const mayPass = errors.some(({ extensions }) => PASSING.has(extensions?.code));
        if (data === undefined && !mayPass) {
          // The graph has changed, and the operation does not fit it any more.
          changes.end(ENDINGS.invalid);
          return undefined;
        }
        const isThere = data?.[responseKey] !== undefined && data[responseKey] !== null;
        if (!isThere && mayPass) {
          again(change.id, change.sequence);
          continue;
        }
        attempts.delete(change.id);
        if (!isThere && first === undefined) continue;
        first = undefined;
        onAnswer(change.since);
        return answer;
      }
    },
    end: changes.end,
    get ending() {
      return changes.ending();
    },
  };
}

function nullFor(responseKey: string): LiveAnswer {
  const result = { data: { [responseKey]: null } };
  return { text: JSON.stringify(result), result };
}
