import type { Run } from '../execute/run.ts';
import type { Path } from '../execute/tree.ts';
import { compileFetch, type FetchOptions, type Step } from './compile-fetch.ts';
import { arrangeMeetings } from './meetings.ts';
import type { PlanNode } from './plan-nodes.ts';
import type { SupergraphFacts } from './planner-messages.ts';

export type PlanFacts = Pick<SupergraphFacts, 'subtypes'>;

const nothing: Step = () => undefined;

/** Compiles a plan into what executes it. `@defer` must have been taken apart before: here, all of it is awaited. */
export function compilePlan(node: PlanNode | undefined, facts: PlanFacts, whole = node): Step {
  return compileNode(node, { facts, meetings: arrangeMeetings(node), keepsApart: hasContext(whole) }, []);
}

type Plan = Omit<FetchOptions, 'meeting'> & { readonly meetings: ReturnType<typeof arrangeMeetings> };

/** Whether any fetch takes something from around its entities (`@fromContext`). */
function hasContext(node: PlanNode | undefined): boolean {
  switch (node?.kind) {
    case undefined:
      return false;
    case 'Fetch':
      return node.contextRewrites !== undefined;
    case 'Flatten':
      return hasContext(node.node);
    case 'Sequence':
    case 'Parallel':
      return node.nodes.some(hasContext);
    case 'Condition':
      return hasContext(node.ifClause) || hasContext(node.elseClause);
    case 'Defer':
      return hasContext(node.primary.node) || node.deferred.some((deferred) => hasContext(deferred.node));
  }
}

function compileNode(node: PlanNode | undefined, plan: Plan, path: Path): Step {
  switch (node?.kind) {
    case undefined:
      return nothing;
    case 'Fetch':
      return compileFetch(node, path, { ...plan, meeting: plan.meetings.get(node) });
    case 'Flatten':
      return compileNode(node.node, plan, [...path, ...node.path]);
    case 'Sequence':
      return inSequence(node.nodes.map((child) => compileNode(child, plan, path)));
    case 'Parallel':
      return inParallel(node.nodes.map((child) => compileNode(child, plan, path)));
    case 'Condition': {
      const yes = compileNode(node.ifClause, plan, path);
      const no = compileNode(node.elseClause, plan, path);
      return (run) => (holds(run, node.condition) ? yes : no)(run);
    }
    case 'Defer':
      return inSequence([
        compileNode(node.primary.node, plan, path),
        ...node.deferred.map((deferred) => compileNode(deferred.node, plan, path)),
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
