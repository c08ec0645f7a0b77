import { parentPort, workerData } from 'node:worker_threads';
import { operationFromDocument, Supergraph } from '@apollo/federation-internals';
import { type QueryPlan, QueryPlanner } from '@apollo/query-planner';
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  isAbstractType,
  isInterfaceType,
  parse,
  printSchema,
} from 'graphql';
import { expandInterfaces } from '../supergraph/corrections/expand-interfaces.ts';
import { withoutDefer } from '../supergraph/corrections/without-defer.ts';
import { prepareSupergraph } from '../supergraph/prepare-supergraph.ts';
import type { PlannerInput, PlannerReply, PlanQuestion, SupergraphFacts } from './planner-messages.ts';

/** The planner's thread: planning can take long, and its schema much memory, and neither is for the thread that serves. */
const input: PlannerInput = workerData;
const reply = (message: PlannerReply) => parentPort?.postMessage(message);

try {
  const { sdl, restore, policies, costs, cacheTags, hasChains } = prepareSupergraph(input.supergraph);
  // What it may use has been looked at when it was prepared.
  const supergraph = Supergraph.build(sdl, { supportedFeatures: null });
  const planner = new QueryPlanner(supergraph, { incrementalDelivery: { enableDefer: true } });
  const api = supergraph.apiSchema();
  const labels = labelsOf(supergraph);
  const expand = createExpand(supergraph);
  const alternatives = [expand, withoutDefer, (document: DocumentNode) => expand(withoutDefer(document))];
  parentPort?.on('message', ({ query, operationName, active }: PlanQuestion) => {
    try {
      const named = operationName === undefined ? {} : { operationName };
      const overrideConditions = new Map(labels.map((label) => [label, active.includes(label)]));
      const plan = (document: DocumentNode): QueryPlan => {
        // It has been validated already, against the same schema.
        const operation = operationFromDocument(api, document, { ...named, validate: false });
        return restore(planner.buildQueryPlan(operation, { overrideConditions }));
      };
      reply({ kind: 'planned', plan: planEither(parse(query), alternatives, plan) });
    } catch (error) {
      const code = error instanceof GraphQLError ? error.extensions.code : undefined;
      reply({ kind: 'failed', reason: reasonOf(error), code: typeof code === 'string' ? code : undefined });
    }
  });
  reply({ kind: 'ready', facts: { ...factsOf(supergraph, labels), policies, costs, cacheTags, hasChains } });
} catch (error) {
  reply({ kind: 'unusable', reason: reasonOf(error) });
}

/**
 * As it is, or, where the planner fails and it may help, with what is asked of interfaces asked of object types, or in one part.
 * @throws what the planner said first
 */
function planEither(
  document: DocumentNode,
  alternatives: readonly ((document: DocumentNode) => DocumentNode)[],
  plan: (document: DocumentNode) => QueryPlan,
): QueryPlan {
  try {
    return plan(document);
  } catch (error) {
    for (const change of alternatives) {
      const changed = change(document);
      if (changed === document) continue;
      try {
        return plan(changed);
      } catch {
        // What it says of another document would help nobody.
      }
    }
    throw error;
  }
}

function createExpand(supergraph: Supergraph): (document: DocumentNode) => DocumentNode {
  const interfaceObjects = interfaceObjectsOf(supergraph);
  if (interfaceObjects.size === 0) return (document) => document;
  const api = supergraph.apiSchema().toGraphQLJSSchema({ includeDefer: true });
  return (document) => expandInterfaces(document, api, interfaceObjects);
}

/** The interfaces that a subgraph knows as one object type. */
function interfaceObjectsOf({ schema }: Supergraph): Set<string> {
  const applications = [...(schema.directive('join__type')?.applications() ?? [])];
  return new Set(
    applications.flatMap((application) => {
      const { parent } = application;
      return Object(application.arguments()).isInterfaceObject === true && 'name' in parent
        ? [String(parent.name)]
        : [];
    }),
  );
}

function factsOf(
  supergraph: Supergraph,
  labels: readonly string[],
): Omit<SupergraphFacts, 'policies' | 'costs' | 'cacheTags' | 'hasChains'> {
  return {
    apiSdl: printSchema(supergraph.apiSchema().toGraphQLJSSchema({ includeDefer: true })),
    subtypes: subtypesOf(supergraph.schema.toGraphQLJSSchema()),
    fieldNames: fieldNamesOf(supergraph),
    subgraphs: supergraph.subgraphsMetadata().map(({ name, url }) => ({ name, url })),
    labels,
  };
}

function subtypesOf(schema: GraphQLSchema): Map<string, Set<string>> {
  const subtypes = new Map<string, Set<string>>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isAbstractType(type)) continue;
    const interfaces = isInterfaceType(type) ? schema.getImplementations(type).interfaces : [];
    subtypes.set(type.name, new Set([...schema.getPossibleTypes(type), ...interfaces].map(({ name }) => name)));
  }
  return subtypes;
}

function fieldNamesOf({ schema }: Supergraph): Set<string> {
  const types = [...schema.objectTypes(), ...schema.interfaceTypes()];
  return new Set(types.flatMap((type) => type.fields().map(({ name }) => name)));
}

function labelsOf(supergraph: Supergraph): string[] {
  const applications = supergraph.schema.directive('join__field')?.applications() ?? [];
  const labels = [...applications].map((application) => Object(application.arguments()).overrideLabel);
  return [...new Set(labels.filter((label) => typeof label === 'string'))];
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
