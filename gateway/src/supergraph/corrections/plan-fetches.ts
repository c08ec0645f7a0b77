import type { FetchNode, PlanNode } from '@apollo/query-planner';

/** A fetch of a plan, and where its result goes. */
export type PlacedFetch = {
  readonly node: FetchNode;
  readonly path: readonly string[];
};

/** The fetches of what is not deferred, in the order of the plan. */
export function fetchesIn(node: PlanNode, path: readonly string[] = []): PlacedFetch[] {
  switch (node.kind) {
    case 'Fetch':
      return [{ node, path }];
    case 'Flatten':
      return fetchesIn(node.node, [...path, ...node.path.map(String)]);
    case 'Sequence':
    case 'Parallel':
      return node.nodes.flatMap((child) => fetchesIn(child, path));
    // Only `@defer` has conditions where plans are corrected, and what is deferred is looked at by itself.
    case 'Condition':
    case 'Defer':
      return [];
  }
}

/** The plan with what `change` makes of each fetch; undefined when nothing is left of it. */
export function changeFetches(
  node: PlanNode,
  change: (fetch: FetchNode) => FetchNode | undefined,
): PlanNode | undefined {
  const again = (child: PlanNode | undefined) => child && changeFetches(child, change);
  switch (node.kind) {
    case 'Fetch':
      return change(node);
    case 'Flatten': {
      const inner = again(node.node);
      return inner && { ...node, node: inner };
    }
    case 'Sequence':
    case 'Parallel': {
      const nodes = node.nodes.flatMap((child) => again(child) ?? []);
      return nodes.length < 2 ? nodes[0] : { ...node, nodes };
    }
    case 'Condition':
    case 'Defer':
      return node;
  }
}

/** Without what has been asked in the same words before. */
export function withoutRepeats(plan: PlanNode): PlanNode {
  if (plan.kind !== 'Sequence') return plan;
  const done = new Set<string>();
  const nodes = plan.nodes.flatMap((child) => {
    const placed = new Map(fetchesIn(child).map((fetch) => [fetch.node, fetch]));
    const textFor = (node: FetchNode) => textOf(node, placed.get(node)?.path ?? []);
    const left = changeFetches(child, (node) => (done.has(textFor(node)) ? undefined : node));
    for (const node of placed.keys()) done.add(textFor(node));
    return left ?? [];
  });
  return { kind: 'Sequence', nodes };
}

function textOf({ serviceName, operation, requires = [], id }: FetchNode, path: readonly string[]): string {
  // What is deferred may wait for this one, by its id.
  const own = id ?? '';
  return [own, serviceName, path.join('.'), operation.replace(/^query\s+\w+/, 'query'), JSON.stringify(requires)].join(
    ' ',
  );
}

export function sequenceOf(nodes: readonly (PlanNode | undefined)[]): PlanNode {
  const flat = nodes.flatMap((node) => (node?.kind === 'Sequence' ? node.nodes : (node ?? [])));
  return { kind: 'Sequence', nodes: flat };
}
