import { hash } from 'node:crypto';
import { composeServices } from '@apollo/composition';
import { Supergraph } from '@apollo/federation-internals';
import { createLogger } from '@entrepot/telemetry/logger';
import { execute, parse, validate } from 'graphql';
import { createRequestContext } from '../../src/execute/request-context.ts';
import { createGeneration } from '../../src/supergraph/generation.ts';
import { differenceInParts, differenceOf } from './compare.ts';
import { readFacts, type SubgraphSource } from './facts.ts';
import { generateOperation, type Operation } from './generate-operation.ts';
import type { Random } from './random.ts';
import { createSubgraphs } from './subgraphs.ts';
import { type Args, createWorld, type Session, type Thing } from './world.ts';

export type Trial = {
  /** Plans it, so that it runs at once. */
  prepare(operation: Operation): void;
  /** An operation against both: undefined when they agree. */
  run(operation: Operation): Promise<string | undefined>;
  generate(random: Random): Operation;
  /** Whether the generator has kept to the schema. */
  isValid(operation: Operation): boolean;
  end(): void;
};

/** A gateway over generated subgraphs, and the plain execution beside it. Undefined when the subgraphs do not compose. */
export async function startTrial(
  sources: readonly SubgraphSource[],
  injectsErrors: boolean,
): Promise<Trial | undefined> {
  const { supergraphSdl, errors } = composeServices(
    sources.map(({ name, sdl }) => ({ name, url: `http://${name}.test/`, typeDefs: parse(sdl) })),
  );
  if (errors) return undefined;
  return openTrial(supergraphSdl, sources, injectsErrors);
}

export async function openTrial(
  supergraphSdl: string,
  sources: readonly SubgraphSource[],
  injectsErrors: boolean,
): Promise<Trial> {
  const supergraph = Supergraph.build(supergraphSdl);
  const full = supergraph.schema.toGraphQLJSSchema();
  const api = supergraph.apiSchema().toGraphQLJSSchema({ includeDefer: true });
  const facts = readFacts(sources, full, api);
  const world = createWorld(full, facts, injectsErrors);
  let session: Session = { log: [] };
  const complaints: string[] = [];
  const ask = createSubgraphs(
    sources,
    facts,
    world,
    () => session,
    (what) => complaints.push(what),
  );
  const generation = await createGeneration(supergraphSdl, {
    connect: () => ask,
    validate: () => {},
    introspection: true,
    logger: createLogger({ service: 'gateway', level: 'silent' }),
  });
  const prepare = ({ query }: Operation) =>
    generation.prepare({ hash: hash('sha256', query, 'hex'), text: query, node: parse(query) }, undefined);
  return {
    // Whoever runs it hears of what fails.
    prepare: (operation) => void prepare(operation).catch(() => {}),
    generate: (random) => generateOperation(api, random),
    isValid: ({ query }) => validate(api, parse(query)).length === 0,
    end: () => generation.retire(),
    async run(operation) {
      const { query, variables } = operation;
      const document = parse(query);
      session = { log: [] };
      const expected = await execute({
        schema: api,
        document,
        variableValues: { ...variables },
        contextValue: session,
        fieldResolver: (source: Thing | undefined, args: Args, running: Session, { parentType, fieldName }) => {
          const field = parentType.getFields()[fieldName];
          if (!field) throw new Error(`no field ${fieldName}`);
          return world.valueOf(source ?? { __typename: parentType.name, seed: 'root' }, field, args, running);
        },
      });
      const begin = () => {
        session = { log: [] };
        return createRequestContext({ viewer: undefined, authorization: undefined }, Date.now() + 10_000);
      };
      const prepared = await prepare(operation);
      const { body } = await prepared.execute(variables, begin(), ask);
      const difference = complaints.splice(0)[0] ?? differenceOf(body.toString(), expected);
      if (difference !== undefined || !prepared.executeIncrementally) return difference;
      const texts: string[] = [];
      for await (const part of prepared.executeIncrementally(variables, begin(), ask, '20220824'))
        texts.push(part.body);
      return complaints.splice(0)[0] ?? differenceInParts(texts, expected);
    },
  };
}
