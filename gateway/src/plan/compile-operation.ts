import type { QueryPlan } from '@apollo/query-planner';
import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import { collectFields } from '../execute/collect-fields.ts';
import { compileIntrospection, type Introspect } from '../execute/introspect.ts';
import { compileSelections, type Projection, type WriteTree } from '../execute/project.ts';
import { type Run, startRun } from '../execute/run.ts';
import { shapeWhole } from '../execute/shape.ts';
import { compileIncremental } from './compile-incremental.ts';
import { compilePlan } from './compile-plan.ts';
import { conditionsOf } from './conditions.ts';
import { fragmentsIn } from './document-parts.ts';
import { compileCoercion } from './operation-variables.ts';
import type { PlanNode, SubscriptionNode } from './plan-nodes.ts';
import type { SupergraphFacts } from './planner-messages.ts';
import type { Executed, OnInvalid, PreparedOperation, Variables } from './prepared-operation.ts';

export type OperationParts = {
  readonly schema: GraphQLSchema;
  readonly facts: Pick<SupergraphFacts, 'subtypes'>;
  /** As the client sent it. */
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly plan: QueryPlan;
  readonly isDenied?: Projection['isDenied'];
  /** Whether clients may not learn of the schema from messages. */
  readonly hidesSchema?: boolean;
  /** Where a subgraph has sent what its schema does not allow. */
  readonly onInvalid?: OnInvalid | undefined;
};

/** An operation's shape for one set of values of the variables that `@skip` and `@include` name. */
export type Shape = { readonly projection: Projection; readonly write: WriteTree; readonly introspect: Introspect };

/** Of the combinations of conditions only so many are kept compiled. */
const MAX_SHAPES = 64;

/** Compiles a planned operation into closures: what is left for each request is to fetch and to write. */
export function compileOperation(parts: OperationParts): PreparedOperation {
  const { schema, operation, plan, facts, onInvalid } = parts;
  const coerce = compileCoercion(schema, operation, parts.hidesSchema === true);
  const shapeFor = compileShapes(parts);
  const node = plan.node?.kind === 'Subscription' ? eventOf(plan.node) : plan.node;
  const step = compilePlan(node, facts);

  const finish = (run: Run): Executed => {
    const { write, introspect } = shapeFor(run.coerced);
    const { body, invalid } = shapeWhole(write, run, introspect);
    // When nobody waits any more, nothing more is fetched: what is missing then is nobody's fault.
    if (invalid.length > 0 && run.context.signal?.isCancelled !== true) onInvalid?.(invalid, run.context.span);
    return { body, errors: run.errors, isExecuted: true };
  };
  const incremental = { plan: node, facts, coerce, shapeFor, operation, onInvalid };

  return {
    async execute(variables, context, ask) {
      const given = coerce(variables);
      if ('refused' in given) return given.refused;
      const run = startRun(given, context, ask);
      const running = step(run);
      if (running !== undefined) await running;
      return finish(run);
    },
    // The planner knows of no field that is denied, and so not in which part its null and its error would come.
    executeIncrementally: parts.isDenied ? undefined : compileIncremental(incremental),
  };
}

/** Of a subscription, one event is executed: whoever does it answers the first fetch with the event. */
const eventOf = ({ primary, rest }: SubscriptionNode): PlanNode => {
  const following = rest?.kind === 'Sequence' ? rest.nodes : rest ? [rest] : [];
  return { kind: 'Sequence', nodes: [primary, ...following] };
};

function compileShapes({ schema, document, operation, isDenied }: OperationParts): (coerced: Variables) => Shape {
  const type = schema.getRootType(operation.operation);
  if (!type) throw new Error(`the schema has no ${operation.operation}`);
  const fragments = fragmentsIn(document);

  const compile = (conditions: Variables): Shape => {
    const projection: Projection = { schema, fragments, conditions, isDenied };
    const fieldsOf = (name: string) => collectFields(projection, type, [operation.selectionSet]).get(name) ?? [];
    return {
      projection,
      write: compileSelections(projection, type, [operation.selectionSet], 0),
      introspect: compileIntrospection(schema, document, operation, fieldsOf),
    };
  };
  const names = conditionsOf(document);
  if (names.length === 0) {
    const shape = compile({});
    return () => shape;
  }
  const shapes = new LRUCache<string, Shape>({ max: MAX_SHAPES });
  return (coerced) => {
    let key = '';
    for (const name of names) key += coerced[name] === true ? '1' : '0';
    let shape = shapes.get(key);
    if (!shape) {
      // Only these, so that nothing else of this request's variables lives on in it.
      shape = compile(Object.fromEntries(names.map((name) => [name, coerced[name] === true])));
      shapes.set(key, shape);
    }
    return shape;
  };
}
