import type { FetchNode, PlanNode } from './plan-nodes.ts';

/** A place in a plan where entity fetches to one subgraph wait for one another, to be sent as one request. */
export type Meeting = {
  /** Among the meetings of its plan. */
  readonly index: number;
  readonly size: number;
  /** How many requests one after the other have been answered when it begins, and when the fetch itself could begin. */
  readonly level: number;
  readonly earliest: number;
};

type Placed = { readonly node: FetchNode; readonly earliest: number; readonly isLast: boolean };

/**
 * Finds the fetches of a plan that can be sent together without a longer chain of requests: those that begin after equally many
 * others, and those that nothing waits for, which may begin later. Because who waits for whom always follows the levels, nobody
 * waits in a circle. What conditions or `@defer` decide about stays out of it.
 */
export function arrangeMeetings(root: PlanNode | undefined): ReadonlyMap<FetchNode, Meeting> {
  const bySubgraph = new Map<string, Placed[]>();
  for (const placed of placeFetches(root)) {
    const { serviceName } = placed.node;
    const others = bySubgraph.get(serviceName);
    if (others) others.push(placed);
    else bySubgraph.set(serviceName, [placed]);
  }
  const meetings = new Map<FetchNode, Meeting>();
  let index = 0;
  for (const placed of bySubgraph.values())
    for (const [level, members] of chooseLevels(placed)) {
      if (members.length < 2) continue;
      for (const { node, earliest } of members) meetings.set(node, { index, size: members.length, level, earliest });
      index++;
    }
  return meetings;
}

function placeFetches(root: PlanNode | undefined): Placed[] {
  const placed: Placed[] = [];
  /** Returns the level at which what follows can begin. `isSure`: whether no condition and no `@defer` decides about it. */
  const visit = (node: PlanNode | undefined, start: number, isLast: boolean, isSure: boolean): number => {
    switch (node?.kind) {
      case 'Fetch':
        if (isSure && node.requires && !node.contextRewrites) placed.push({ node, earliest: start, isLast });
        return start + 1;
      case 'Flatten':
        return visit(node.node, start, isLast, isSure);
      case 'Sequence': {
        const { nodes } = node;
        const isEnd = (at: number) => isLast && at === nodes.length - 1;
        return nodes.reduce((level, child, at) => visit(child, level, isEnd(at), isSure), start);
      }
      case 'Parallel':
        return Math.max(start, ...node.nodes.map((child) => visit(child, start, isLast, isSure)));
      case 'Condition':
        return Math.max(visit(node.ifClause, start, isLast, false), visit(node.elseClause, start, isLast, false));
      case 'Defer':
        return visit(node.primary.node, start, isLast, false);
      case undefined:
        return start;
    }
  };
  visit(root, 0, true, true);
  return placed;
}

/** The levels at which the fetches to one subgraph begin: what others wait for begins as early as it can. */
function chooseLevels(placed: readonly Placed[]): Map<number, Placed[]> {
  const levels = new Map<number, Placed[]>();
  const put = (one: Placed, level: number) => {
    const others = levels.get(level);
    if (others) others.push(one);
    else levels.set(level, [one]);
  };
  for (const one of placed) if (!one.isLast) put(one, one.earliest);
  const fixed = [...levels.keys()].sort((a, b) => a - b);
  const free: Placed[] = [];
  for (const one of placed) {
    if (!one.isLast) continue;
    const joined = fixed.find((level) => level >= one.earliest);
    if (joined === undefined) free.push(one);
    else put(one, joined);
  }
  const level = Math.max(0, ...free.map(({ earliest }) => earliest));
  for (const one of free) put(one, level);
  return levels;
}
