import type { Run } from '../execute/run.ts';
import type { Path } from '../execute/tree.ts';
import { compileFetch, type Step } from './compile-fetch.ts';
import type { PlanNode } from './plan-nodes.ts';
import type { SupergraphFacts } from './planner-messages.ts';

export type PlanFacts = Pick<SupergraphFacts, 'subtypes'>;

const nothing: Step = () => undefined;

/** Compiles a plan into what executes it. `@defer` must have been taken apart before: here, all of it is awaited. */
export function compilePlan(node: PlanNode | undefined, facts: PlanFacts, path: Path = []): Step {
  switch (node?.kind) {
    case undefined:
      return nothing;
    case 'Fetch':
      return compileFetch(node, path, facts);
    case 'Flatten':
      return compilePlan(node.node, facts, [...path, ...node.path]);
    case 'Sequence':
      return inSequence(node.nodes.map((child) => compilePlan(child, facts, path)));
    case 'Parallel':
      return inParallel(node.nodes.map((child) => compilePlan(child, facts, path)));
    case 'Condition': {
      const yes = compilePlan(node.ifClause, facts, path);
      const no = compilePlan(node.elseClause, facts, path);
      return (run) => (holds(run, node.condition) ? yes : no)(run);
    }
    case 'Defer':
      return inSequence([
        compilePlan(node.primary.node, facts, path),
        ...node.deferred.map((deferred) => compilePlan(deferred.node, facts, path)),
      ]);
  }
}

export const holds = ({ coerced }: Pick<Run, 'coerced'>, variable: string): boolean => coerced[variable] === true;

function inSequence(steps: readonly Step[]): Step {
  const [only] = steps;
  if (only && steps.length === 1) return only;
  const from = async (run: Run, waiting: Promise<void>, next: number): Promise<void> => {
    await waiting;
    for (let index = next; index < steps.length; index++) {
      const running = steps[index]?.(run);
      if (running !== undefined) await running;
    }
  };
  return (run) => {
    for (let index = 0; index < steps.length; index++) {
      const running = steps[index]?.(run);
      if (running) return from(run, running, index + 1);
    }
    return undefined;
  };
}

function inParallel(steps: readonly Step[]): Step {
  return (run) => {
    const running: Promise<void>[] = [];
    for (const step of steps) {
      const started = step(run);
      if (started) running.push(started);
    }
    if (running.length < 2) return running[0];
    return Promise.all(running).then(() => undefined);
  };
}
