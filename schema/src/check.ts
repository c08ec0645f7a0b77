import { GraphQLError, type GraphQLSchema } from 'graphql';
import type { AcceptedBreak } from './accepted-breaks.ts';
import { apiSchema } from './api-schema.ts';
import { breakingChanges } from './changes/breaking-changes.ts';
import { composeSupergraph } from './compose.ts';
import { lintSubgraphs } from './lint/lint.ts';
import { locator } from './locate.ts';
import { type OperationFile, placeOfError, readOperations, validateOperations } from './operations.ts';
import type { Problem } from './problem.ts';
import { type ReadFile, readSubgraphs, type Subgraph } from './subgraphs.ts';

/** The schema folder as it is now, or was at the base. */
export type SchemaFolder = {
  readonly read: ReadFile;
  /** `schema/supergraph.graphql`, undefined when there is none. */
  readonly supergraph: string | undefined;
  readonly operations: readonly OperationFile[];
};

export type CheckOptions = {
  readonly now: SchemaFolder;
  readonly base: SchemaFolder | undefined;
  readonly accepted: readonly AcceptedBreak[];
  readonly today: string;
};

export type CheckReport = { readonly problems: readonly Problem[]; readonly operations: number };

/** Everything `npm run schema:check` knows to be wrong, as data. */
export function checkSchema({ now, base, accepted, today }: CheckOptions): CheckReport {
  const subgraphs = parsed(now.read);
  if (!subgraphs.ok) return { problems: [subgraphs.problem], operations: 0 };
  const { operations, problems: unreadable } = readOperations(now.operations);
  const early = [...lintSubgraphs(subgraphs.value, today), ...unreadable];

  const composition = composeSupergraph(subgraphs.value);
  if (!composition.ok)
    return { problems: [...composition.errors.map(compositionProblem), ...early], operations: operations.length };
  const next = apiSchema(composition.supergraph);
  const problems = [
    ...staleness(composition.supergraph, now.supergraph),
    ...(base ? changesSince(base, { next, accepted, today, subgraphs: subgraphs.value }) : []),
    ...early,
    ...validateOperations(operations, next),
  ];
  return { problems, operations: operations.length };
}

function changesSince(
  base: SchemaFolder,
  now: { next: GraphQLSchema; subgraphs: readonly Subgraph[]; accepted: readonly AcceptedBreak[]; today: string },
): Problem[] {
  if (base.supergraph === undefined) return [];
  const before = parsed(base.read);
  const locateNow = locator(now.subgraphs);
  const locateBefore = locator(before.ok ? before.value : []);
  return breakingChanges({
    ...now,
    base: apiSchema(base.supergraph),
    operations: readOperations(base.operations).operations,
    // What is gone altogether is reported in the file that had it.
    locate: (coordinate) => locateNow(coordinate) ?? locateBefore(coordinate),
  });
}

function staleness(composed: string, committed: string | undefined): Problem[] {
  if (committed === composed) return [];
  const message = `schema/supergraph.graphql ${committed === undefined ? 'is missing' : 'is not what the subgraphs compose to'}: run npm run schema:compose and commit it`;
  return [{ severity: 'error', rule: 'supergraph-stale', message, at: { file: 'schema/supergraph.graphql', line: 1 } }];
}

function parsed(read: ReadFile): { ok: true; value: readonly Subgraph[] } | { ok: false; problem: Problem } {
  try {
    return { ok: true, value: readSubgraphs(read) };
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    const file = error.source?.name ?? 'schema';
    const line = error.locations?.[0]?.line ?? 1;
    return { ok: false, problem: { severity: 'error', rule: 'syntax', message: error.message, at: { file, line } } };
  }
}

const compositionProblem = (error: GraphQLError): Problem => ({
  severity: 'error',
  rule: 'composition',
  message: error.message,
  at: placeOfError(error),
});
