import type { FetchNode, PlanNode } from '@apollo/query-planner';

export type Condition = { readonly variable: string; readonly holds: boolean };

/** A fetch of a plan, where its result goes, and on what it depends whether it is made. */
export type PlacedFetch = {
  readonly node: FetchNode;
  readonly path: readonly string[];
  readonly conditions: readonly Condition[];
};

/** The fetches of what is not deferred, in the order of the plan. */
export function fetchesIn(
  node: PlanNode,
  path: readonly string[] = [],
  conditions: readonly Condition[] = [],
): PlacedFetch[] {
  switch (node.kind) {
    case 'Fetch':
      return [{ node, path, conditions }];
    case 'Flatten':
      return fetchesIn(node.node, [...path, ...node.path.map(String)], conditions);
    case 'Sequence':
    case 'Parallel':
      return node.nodes.flatMap((child) => fetchesIn(child, path, conditions));
    case 'Condition': {
      const { condition: variable, ifClause, elseClause } = node;
      return [
        ...(ifClause ? fetchesIn(ifClause, path, [...conditions, { variable, holds: true }]) : []),
        ...(elseClause ? fetchesIn(elseClause, path, [...conditions, { variable, holds: false }]) : []),
      ];
    }
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
    case 'Condition': {
      const { condition } = node;
      const [ifClause, elseClause] = [again(node.ifClause), again(node.elseClause)];
      if (!ifClause && !elseClause) return undefined;
      return { kind: 'Condition', condition, ...(ifClause && { ifClause }), ...(elseClause && { elseClause }) };
    }
    case 'Defer':
      return node;
  }
}

export const underConditions = (node: PlanNode, conditions: readonly Condition[]): PlanNode =>
  conditions.filter(isFirst).reduceRight<PlanNode>(
    (inner, { variable, holds }) => ({
      kind: 'Condition',
      condition: variable,
      ...(holds ? { ifClause: inner } : { elseClause: inner }),
    }),
    node,
  );

/** Without what has been asked in the same words before. */
export function withoutRepeats(plan: PlanNode): PlanNode {
  if (plan.kind !== 'Sequence') return plan;
  const done = new Set<string>();
  const nodes = plan.nodes.flatMap((child) => {
    const placed = new Map(fetchesIn(child).map((fetch) => [fetch.node, fetch]));
    const textFor = (node: FetchNode) => textOf(node, placed.get(node)?.path ?? []);
    const left = changeFetches(child, (node) => (done.has(textFor(node)) ? undefined : node));
    for (const { node, conditions } of placed.values()) if (conditions.length === 0) done.add(textFor(node));
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

const isFirst = ({ variable, holds }: Condition, at: number, all: readonly Condition[]): boolean =>
  at === all.findIndex((one) => one.variable === variable && one.holds === holds);

export function sequenceOf(nodes: readonly (PlanNode | undefined)[]): PlanNode {
  const flat = nodes.flatMap((node) => (node?.kind === 'Sequence' ? node.nodes : (node ?? [])));
  return { kind: 'Sequence', nodes: flat };
}
