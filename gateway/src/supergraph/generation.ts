import { hash } from 'node:crypto';
import { sleep } from '@entrepot/kernel/retry';
import { type Logger, loggerOf } from '@entrepot/telemetry/logger';
import { buildSchema, type GraphQLSchema } from 'graphql';
import { tagCalls } from '../cache/tag-calls.ts';
import { joinCalls } from '../execute/join-calls.ts';
import type { AskSubgraph } from '../execute/subgraph-call.ts';
import { startPlanner } from '../plan/planner.ts';
import type { SupergraphFacts } from '../plan/planner-messages.ts';
import { createOperations, type Operations, type Popular, type ValidDocument } from '../plan/prepare-operations.ts';

/**
 * One supergraph with everything that is derived from it: schema, planner, plans, and the way to its subgraphs. It never changes;
 * a new supergraph is a new generation, so no plan can outlive its schema and no running operation sees another one.
 */
export type Generation = Pick<Operations, 'prepare' | 'isProgressive'> &
  Pick<SupergraphFacts, 'policies' | 'costs' | 'subgraphs'> & {
    /** The supergraph's own, so that equal ones are told apart from changed ones. */
    readonly id: string;
    /** What clients see. */
    readonly schema: GraphQLSchema;
    readonly ask: AskSubgraph;
    /** Takes over what is popular on another generation, as far as it is valid here and can be prepared in time. */
    warm(popular: readonly Popular[]): Promise<void>;
    hottest(count: number): Popular[];
    /** Nothing new begins on it. What still runs is finished, and then its planner's thread ends. */
    retire(): void;
  };

export type GenerationOptions = {
  /** @throws Error when one of the subgraphs cannot be reached by what is said of it */
  connect: (subgraphs: SupergraphFacts['subgraphs']) => AskSubgraph;
  /** Throws when a document is not valid in the schema. */
  validate: (schema: GraphQLSchema, document: ValidDocument) => void;
  /** Whether clients may learn of the schema, by asking or from messages. */
  introspection: boolean;
  maxOperations?: number;
  logger: Logger;
};

const WARM_LIMIT_MS = 10_000;
const MAX_OPERATIONS = 2_000;
const MAX_TOLD = 20;

export const idOf = (supergraph: string): string => hash('sha256', supergraph, 'hex');

/** @throws when the supergraph cannot be served */
export async function createGeneration(supergraph: string, options: GenerationOptions): Promise<Generation> {
  const { connect, validate, introspection, logger, maxOperations = MAX_OPERATIONS } = options;
  const planner = await startPlanner(supergraph);
  try {
    const { apiSdl, policies, costs, cacheTags, subgraphs } = planner.facts;
    const { problems } = cacheTags;
    if (problems.length > 0)
      logger.warn(
        { problems: problems.slice(0, MAX_TOLD), count: problems.length },
        'the supergraph names cache tags that cannot be made',
      );
    const schema = buildSchema(apiSdl, { assumeValid: true, assumeValidSDL: true, noLocation: true });
    const ask = joinCalls(connect(subgraphs), tagCalls(cacheTags, schema));
    const operations = createOperations({
      schema,
      planner,
      hidesSchema: !introspection,
      maxOperations,
      onInvalid: (operation, paths, span) =>
        loggerOf(logger, span).error(
          { operation, paths: paths.slice(0, 10) },
          'a subgraph sent what its schema does not allow',
        ),
    });
    const { prepare, isProgressive, hottest } = operations;

    const warmOne = async (popular: Popular): Promise<void> => {
      try {
        validate(schema, popular.document);
        await operations.warm(popular);
      } catch {
        // It is of the other schema only, or cannot be planned: whoever asks is told so.
      }
    };
    return {
      id: idOf(supergraph),
      schema,
      policies,
      costs,
      subgraphs,
      ask,
      prepare,
      isProgressive,
      hottest,
      warm: async (popular) => void (await Promise.race([Promise.all(popular.map(warmOne)), sleep(WARM_LIMIT_MS)])),
      retire: () => planner.retire(),
    };
  } catch (error) {
    planner.retire();
    throw error;
  }
}
