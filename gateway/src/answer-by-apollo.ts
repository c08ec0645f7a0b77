import { hash } from 'node:crypto';
import { HeaderMap } from '@apollo/server';
import { faultHead } from '@entrepot/http/respond';
import { Fault } from '@entrepot/kernel/fault';
import { runInSpan } from '@entrepot/telemetry/trace';
import { type ExecutionResult, GraphQLError } from 'graphql';
import { audienceOf, mayShare } from './cache/audience.ts';
import { toExecutionResult, toResultInParts } from './execute/to-execution-result.ts';
import { charge, type ReadyParts } from './get-ready.ts';
import { type Asked, contextOf, isShareable, type Life, type MakeParts } from './make-answer.ts';
import type { Result } from './operations/answers.ts';
import type { Apollo } from './operations/apollo.ts';
import { resultOf } from './operations/apollo-result.ts';
import type { AskedByApollo, Steps } from './operations/apollo-steps.ts';
import { type Document, type Documents, operationsIn } from './operations/documents.ts';
import { outcomeOf } from './operations/outcome.ts';
import { RequestErrors } from './operations/request-errors.ts';

export type ApolloParts = MakeParts & ReadyParts & { apollo: Apollo; documents: Documents };

/** Answers an operation as without Apollo Server; `begin` is called, and waited for, before anything is executed for it. */
export type AnswerDocument = (asked: Asked, document: Document, begin: () => Promise<void>) => Promise<Result>;

/**
 * Lets Apollo Server call its plugins around all that is done for an operation, which is done as ever: kept answers are served
 * (without the hooks of an execution), and parts are delivered as they come. What plugins make of an answer is for whoever asked.
 */
export async function answerByApollo(
  parts: ApolloParts,
  asked: Asked,
  life: Life,
  answer: AnswerDocument,
): Promise<Result> {
  const { incoming, operation } = asked;
  const document = findDocument(parts.documents, asked);
  const { operationName, variables, id } = operation;
  const named = document?.operations.find(({ name }) => operationName === undefined || name === operationName);
  const described = named ?? ({ name: undefined, type: 'query' } as const);
  life.operationName = described.name;
  const steps = createSteps(parts, asked, document, answer);
  const about = { incoming, viewer: asked.viewer, described, moment: asked.moment };
  const context = { ...contextOf(parts, about, { signal: incoming.signal() }), steps };
  // Of our documents Apollo Server knows nothing: it only tells, by the hash, that nobody knows one.
  const { persistedQuery: _, ...others } = operation.extensions ?? {};
  const query = document?.text ?? operation.query;
  const extensions = query === undefined ? { persistedQuery: { version: 1, sha256Hash: id } } : others;
  try {
    // Plugins may write to the log, too.
    const response = await runInSpan(incoming.span, () =>
      parts.apollo.answer({ incoming, query, operationName, variables, extensions }, context),
    );
    if (!life.isCharged) await charge(asked, life, 1);
    const { body } = response;
    if (body.kind === 'single') life.outcome = outcomeOf(body.singleResult.errors ?? []);
    return resultOf(response, steps.errors());
  } finally {
    steps.leave();
  }
}

/** Undefined for what is no document, or not known: Apollo Server finds out by itself, and tells its plugins. */
function findDocument(documents: Documents, { operation }: Asked): Document | undefined {
  try {
    return documents.find(operation);
  } catch (error) {
    if (error instanceof RequestErrors) return undefined;
    throw error;
  }
}

function createSteps(parts: ApolloParts, asked: Asked, sent: Document | undefined, answer: AnswerDocument) {
  const errors: GraphQLError[] = [];
  const missed = Promise.withResolvers<undefined>();
  const mayExecute = Promise.withResolvers<void>();
  let begun: { readonly now: AskedByApollo; readonly result: Promise<Result> } | undefined;

  const steps: Steps = {
    async begin(now) {
      const [own, document] = withChanges(asked, sent, now);
      const result = answer(own, document, async () => {
        missed.resolve(undefined);
        await mayExecute.promise;
      });
      begun = { now, result };
      // What is refused is thrown where an execution would fail, which is where Apollo Server tells its plugins of it.
      const found = await Promise.race([result, missed.promise]).catch(() => undefined);
      if (!found || found.parts) return undefined;
      restrict(parts, asked, now, found);
      const kept = toExecutionResult(textOf(found));
      return kept.errors ? undefined : kept;
    },
    async execute() {
      if (!begun) throw new Error('nothing has been begun');
      mayExecute.resolve();
      try {
        const made = await begun.result;
        if (made.parts) return await toResultInParts(made.parts);
        restrict(parts, asked, begun.now, made);
        return toExecutionResult(textOf(made));
      } catch (error) {
        return refuse(error);
      }
    },
    failed: (more) => void errors.push(...more),
  };
  return {
    ...steps,
    errors: () => errors,
    /** Others may wait for the same answer, also when a plugin gave this request another one. */
    leave: () => mayExecute.resolve(),
  };
}

/** With what plugins have changed. What they have not is the same object, by which what is known of it is found again. */
function withChanges(asked: Asked, sent: Document | undefined, now: AskedByApollo): [Asked, Document] {
  const { document: node, source: text, operationName, variables } = now;
  const { operation } = asked;
  const isSame = operationName === operation.operationName && variables === operation.variables;
  const own = isSame ? asked : { ...asked, operation: { ...operation, operationName, variables } };
  if (sent?.text === text) return [own, { ...sent, node }];
  return [own, { hash: hash('sha256', text, 'hex'), text, node, operations: operationsIn(node) }];
}

/** Tells plugins for how long an answer is good for everybody. What is for some only they cannot tell apart as we do. */
function restrict(parts: ApolloParts, asked: Asked, { policy, document }: AskedByApollo, { freshness }: Result): void {
  const { authorization } = parts.rulesOf(parts.generation());
  const isForAll =
    isShareable(parts, asked.incoming) &&
    mayShare(audienceOf(asked.viewer)) &&
    authorization.demandsOf(document) === undefined;
  if (!freshness || !isForAll) policy.restrict({ maxAge: 0 });
  else policy.restrict({ maxAge: Math.floor(freshness.maxAgeMs / 1000), scope: 'PUBLIC' });
}

const textOf = ({ body, tail = '' }: Result): string => body.toString() + tail;

/** Refuses in a way that Apollo Server understands: with the status and the headers that a fault has anywhere else. */
function refuse(error: unknown): ExecutionResult {
  if (error instanceof RequestErrors)
    return { errors: error.errors.map(({ message, extensions }) => new GraphQLError(message, { extensions })) };
  if (!(error instanceof Fault)) throw error;
  const { status, headers } = faultHead(error);
  const http = { status, headers: new HeaderMap(Object.entries(headers)) };
  throw new GraphQLError(error.message, { originalError: error, extensions: { code: error.code, http } });
}
