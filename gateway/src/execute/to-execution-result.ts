import { type ExecutionResult, GraphQLError } from 'graphql';
import type { Executed } from '../plan/prepared-operation.ts';
import { isTree } from './tree.ts';

/** An answer as the value that Apollo Server and its plugins work with. */
export function toExecutionResult({ body, errors, isExecuted }: Executed): ExecutionResult {
  const answer: unknown = JSON.parse(body.toString());
  const data = isTree(answer) && isTree(answer.data) ? answer.data : null;
  const told = errors.map(
    // What is told of a service may go on to the client: it has been made fit for that where it was received.
    ({ message, path, extensions }) =>
      new GraphQLError(message, {
        path,
        extensions: { ...extensions, ...(isExecuted && { serviceName: 'subgraph' }) },
      }),
  );
  return { ...(isExecuted && { data }), ...(told.length > 0 && { errors: told }) };
}
