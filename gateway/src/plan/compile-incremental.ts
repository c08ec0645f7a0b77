import type { GraphQLFormattedError, OperationDefinitionNode } from 'graphql';
import { putAscii } from '../execute/answer-bytes.ts';
import type { RequestContext } from '../execute/request-context.ts';
import { type Run, startRun } from '../execute/run.ts';
import { shapePart } from '../execute/shape.ts';
import type { AskSubgraph } from '../execute/subgraph-call.ts';
import type { Path, Tree } from '../execute/tree.ts';
import type { Step } from './compile-fetch.ts';
import type { Shape } from './compile-operation.ts';
import { compilePlan, holds, type PlanFacts } from './compile-plan.ts';
import { compileParts, type LaterPart, type Part } from './defer-part.ts';
import {
  type Awaited,
  createFormat,
  type IncrementalFormat,
  type Item,
  isObjectAt,
  startsWith,
} from './incremental-format.ts';
import { clientLabelOf } from './inline-deferred.ts';
import type { Given } from './operation-variables.ts';
import type { DeferNode, PlanNode } from './plan-nodes.ts';
import type { OnInvalid, Payload, PreparedOperation, Variables } from './prepared-operation.ts';

export type IncrementalParts = {
  readonly plan: PlanNode | undefined;
  readonly facts: PlanFacts;
  readonly operation: OperationDefinitionNode;
  readonly coerce: (variables: Variables) => Given;
  readonly shapeFor: (coerced: Variables) => Shape;
  readonly onInvalid: OnInvalid | undefined;
};

/** What is fetched and delivered together; `next` what follows it, each when it is there. */
type Stage = {
  readonly step: Step;
  readonly part: Part | undefined;
  readonly label: string | undefined;
  readonly next: readonly Stage[];
};
/** Whether the client has been given an object at a path. */
type Has = (path: Path) => boolean;
/** `has`: of what is within it. */
type Delivered = { readonly stage: Stage; readonly items: readonly Item[]; readonly has: Has };

/** Compiles an operation with `@defer` into what delivers it in parts; undefined for any other. */
export function compileIncremental(parts: IncrementalParts): PreparedOperation['executeIncrementally'] {
  if (!hasDefer(parts.plan)) return undefined;
  const stages = new WeakMap<Shape, Map<DeferNode, Stage>>();
  const stageFor = (shape: Shape, node: DeferNode): Stage => {
    const known = stages.get(shape) ?? new Map<DeferNode, Stage>();
    stages.set(shape, known);
    const stage = known.get(node) ?? compileDefer(parts, shape, node);
    known.set(node, stage);
    return stage;
  };
  return (variables, context, ask, spec) => deliver(parts, stageFor, createFormat(spec), variables, context, ask);
}

function hasDefer(node: PlanNode | undefined): boolean {
  if (node?.kind === 'Condition') return hasDefer(node.ifClause) || hasDefer(node.elseClause);
  return node?.kind === 'Defer';
}

function compileDefer(parts: IncrementalParts, { projection }: Shape, root: DeferNode): Stage {
  const { operation, facts } = parts;
  const type = projection.schema.getRootType(operation.operation);
  if (!type) throw new Error(`the schema has no ${operation.operation}`);
  const { first, later } = compileParts(projection, type, operation.selectionSet, labelsIn(root));

  type Growing = Stage & { readonly next: Stage[] };
  const byLabel = new Map<string, Growing>();
  const compile = (node: PlanNode | undefined, part: Part, label: string | undefined): Growing => {
    const isLeaf = node?.kind !== 'Defer';
    const step = compilePlan(isLeaf ? node : node.primary.node, facts, parts.plan);
    const stage: Growing = { step, part, label: clientLabelOf(label), next: [] };
    if (label !== undefined) byLabel.set(label, stage);
    if (!isLeaf) for (const deferred of node.deferred) add(stage, deferred);
    return stage;
  };
  const add = (planned: Growing, { node, label }: DeferNode['deferred'][number]) => {
    if (label === undefined) throw new Error('a deferred part has no label');
    const part = later(label);
    if (part) waiting.push({ planned, part, stage: compile(node, part, label) });
  };
  const waiting: { planned: Growing; part: LaterPart; stage: Growing }[] = [];
  const whole = compile(root, { write: first, places: (data) => [{ path: [], tree: data }] }, undefined);
  // The planner does not always know within which deferred part another one is: it cannot be delivered before that.
  for (const { planned, part, stage } of waiting) {
    const around = part.around === undefined ? undefined : byLabel.get(part.around);
    (planned === whole && around ? around : planned).next.push(stage);
  }
  return whole;
}

/** The labels of all that comes apart. */
function labelsIn({ deferred }: DeferNode): Set<string> {
  return new Set(
    deferred.flatMap(({ label, node }) => [
      ...(label === undefined ? [] : [label]),
      ...(node?.kind === 'Defer' ? labelsIn(node) : []),
    ]),
  );
}

async function* deliver(
  parts: IncrementalParts,
  stageFor: (shape: Shape, node: DeferNode) => Stage,
  format: IncrementalFormat,
  variables: Variables,
  context: RequestContext,
  ask: AskSubgraph,
): AsyncGenerator<Payload> {
  const given = parts.coerce(variables);
  if ('refused' in given) {
    yield { ...given.refused, body: given.refused.body.toString() };
    return;
  }
  const run = startRun(given, context, ask);
  const whole = parts.shapeFor(run.coerced);
  const node = chosen(parts.plan, run);
  const stage: Stage =
    node?.kind === 'Defer'
      ? stageFor(whole, node)
      : { step: compilePlan(node, parts.facts, parts.plan), part: undefined, label: undefined, next: [] };
  const running = stage.step(run);
  if (running !== undefined) await running;

  const first = shapePart(
    node?.kind === 'Defer' ? (stage.part?.write ?? nothing) : whole.write,
    run.data,
    run,
    whole.introspect,
  );
  if (first.invalid.length > 0) parts.onInvalid?.(first.invalid, run.context.span);
  const isInFirst = hasIn(first.data, run.errors);
  const following = first.data === 'null' ? [] : stage.next;
  const awaited = (next: Stage): Awaited => ({
    of: next,
    label: next.label,
    paths: () => next.part?.places(run.data).map(({ path }) => path) ?? [],
  });
  yield { body: format.first(first.data, run.errors, following.map(awaited)), errors: [...run.errors] };

  type Done = { readonly delivered: Delivered; readonly self: Promise<Done> };
  const pending = new Set<Promise<Done>>();
  const start = (next: Stage, has: Has) => {
    const self: Promise<Done> = complete(parts, next, run, whole, has).then((delivered) => ({ delivered, self }));
    pending.add(self);
  };
  for (const next of following) start(next, isInFirst);
  while (pending.size > 0) {
    const { delivered, self } = await Promise.race(pending);
    const { stage: come, items, has } = delivered;
    pending.delete(self);
    for (const next of come.next) start(next, has);
    if (items.length === 0 && pending.size > 0) continue;
    const body = format.later(come, items, come.next.map(awaited), pending.size > 0);
    yield { body, errors: items.flatMap(({ errors }) => errors) };
  }
}

/** The plan for the conditions of a run: of a conditional `@defer` either branch may defer something. */
function chosen(node: PlanNode | undefined, run: Run): PlanNode | undefined {
  if (node?.kind !== 'Condition') return node;
  return chosen(holds(run, node.condition) ? node.ifClause : node.elseClause, run);
}

async function complete(parts: IncrementalParts, stage: Stage, base: Run, whole: Shape, has: Has): Promise<Delivered> {
  // What has been received is one tree; the errors are told with the part in which they happened.
  const run: Run = { ...base, errors: [], began: performance.now(), attendances: [] };
  const running = stage.step(run);
  if (running !== undefined) await running;
  const { part, label } = stage;
  const fetching = run.errors.splice(0);
  const places = part?.places(run.data).filter(({ path }) => has(path)) ?? [];
  const items = places.map(({ path, tree }, index): Item => {
    const errors = fetching.filter(
      (error) => belongs(error, path) || (index === 0 && !places.some((place) => belongs(error, place.path))),
    );
    const own: Run = { ...run, errors };
    const { data, invalid } = shapePart(part?.write ?? nothing, tree, own, whole.introspect, path);
    if (invalid.length > 0) parts.onInvalid?.(invalid, run.context.span);
    return { path, label, data, errors };
  });
  const own = items.map(({ path, data, errors }) => ({ path, has: hasIn(data, errors) }));
  const around = (path: Path) => own.find((item) => startsWith(path, item.path));
  return {
    stage,
    items,
    has(path) {
      const item = around(path);
      return item ? item.has(path.slice(item.path.length)) : has(path);
    },
  };
}

/** Beneath a null there is nothing for what is deferred to be put into, and it is an error that leaves a null of an object. */
function hasIn(data: string, errors: readonly GraphQLFormattedError[]): Has {
  if (errors.length === 0) return () => true;
  const value: unknown = JSON.parse(data);
  return (path) => isObjectAt(value, path);
}

const belongs = ({ path: told }: GraphQLFormattedError, path: Path): boolean =>
  told !== undefined && path.every((step, index) => told[index] === step);

const nothing = (_: Tree): boolean => {
  putAscii('{}');
  return true;
};
