import { hash } from 'node:crypto';
import { HeaderMap } from '@apollo/server';
import { faultHead } from '@entrepot/http/respond';
import { Fault } from '@entrepot/kernel/fault';
import { GraphQLError } from 'graphql';
import { toExecutionResult } from './execute/to-execution-result.ts';
import { charge, getReady, type ReadyParts } from './get-ready.ts';
import { type Asked, contextOf, executeInTurn, type Life, type MakeParts } from './make-answer.ts';
import type { Result } from './operations/answers.ts';
import type { Apollo, ApolloContext } from './operations/apollo.ts';
import type { Described, Document } from './operations/documents.ts';

export type ApolloParts = MakeParts & ReadyParts & { apollo: Apollo };

/**
 * Lets Apollo Server answer, with its plugins around all that it does; what it comes to execute is looked at and executed as
 * ever. Nothing of it is kept, since plugins may answer each request in another way.
 */
export async function answerByApollo(
  parts: ApolloParts,
  asked: Asked,
  document: Document,
  life: Life,
): Promise<Result> {
  const { incoming, operation } = asked;
  const generation = parts.generation();
  const described = describe(document, operation.operationName);
  life.operationName = described.name;
  const request = contextOf(parts, { ...asked, document, described, generation }, { signal: incoming.signal() });
  const context: ApolloContext = {
    ...request,
    execute: refusing(async (node, text, operationName, variables) => {
      const executed = { ...document, node, text, hash: text === document.text ? document.hash : hash('sha256', text) };
      const own = { ...asked, operation: { ...operation, operationName, variables } };
      const ready = await getReady(parts, own, executed, described);
      await charge(asked, life, ready.cost);
      return toExecutionResult(await executeInTurn(parts, ready, life, request));
    }),
  };
  const { operationName = null, variables } = operation;
  const body = { query: document.text, operationName, variables };
  const headers = { ...incoming.headers, 'content-type': 'application/json' };
  const answer = await parts.apollo.answer(generation.schema, { method: 'POST', search: '', headers, body }, context);
  if (!life.isCharged) await charge(asked, life, 1);
  const { status, headers: answered } = answer;
  return { isExecuted: status === 200, body: answer.body, head: { status, headers: answered } };
}

/** Refuses in a way that Apollo Server understands: with the status and the headers that a fault has anywhere else. */
function refusing(execute: ApolloContext['execute']): ApolloContext['execute'] {
  return async (...asked) => {
    try {
      return await execute(...asked);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      const { status, headers } = faultHead(error);
      const http = { status, headers: new HeaderMap(Object.entries(headers)) };
      throw new GraphQLError(error.message, { originalError: error, extensions: { code: error.code, http } });
    }
  };
}

/** What Apollo Server cannot find either, it refuses by itself. */
function describe({ operations }: Document, operationName: string | undefined): Described {
  const named = operations.find(({ name }) => operationName === undefined || name === operationName);
  return named ?? { name: undefined, type: 'query' };
}
