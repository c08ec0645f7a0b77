import type {
  FetchDataKeyRenamer,
  FetchNode,
  FlattenNode,
  PlanNode,
  QueryPlan,
  QueryPlanSelectionNode,
  SubscriptionNode,
} from '@apollo/query-planner';
import { Kind, parse, print, stripIgnoredCharacters, visit } from 'graphql';
import type { Apart } from './requirements-apart.ts';
import { splitFetch } from './split-fetch.ts';

export type Corrections = Pick<Apart, 'standIns' | 'needs'> & {
  /** From a subgraph's name to what the supergraph's directives call it. */
  readonly graphs: ReadonlyMap<string, string>;
};

/** Puts the real fields in the place of those that stood in for them while the operation was planned. */
export function restorePlan(plan: QueryPlan, corrections: Corrections): QueryPlan {
  const { node } = plan;
  if (!node || corrections.standIns.size === 0) return plan;
  return {
    ...plan,
    node: node.kind === 'Subscription' ? restoreSubscription(node, corrections) : restore(node, corrections),
  };
}

const restoreSubscription = (node: SubscriptionNode, corrections: Corrections): SubscriptionNode => ({
  ...node,
  primary: restoreFetch(node.primary, corrections),
  ...(node.rest && { rest: restore(node.rest, corrections) }),
});

function restore(node: PlanNode, corrections: Corrections): PlanNode {
  const again = (child: PlanNode) => restore(child, corrections);
  switch (node.kind) {
    case 'Sequence':
    case 'Parallel':
      return { ...node, nodes: node.nodes.map(again) };
    case 'Fetch':
      return together(splitFetch(node, corrections).map((fetch) => restoreFetch(fetch, corrections)));
    case 'Flatten':
      return restoreFlatten(node, corrections);
    case 'Condition': {
      const { ifClause, elseClause } = node;
      return {
        ...node,
        ...(ifClause && { ifClause: again(ifClause) }),
        ...(elseClause && { elseClause: again(elseClause) }),
      };
    }
    case 'Defer': {
      const { primary, deferred } = node;
      return {
        ...node,
        primary: { ...primary, ...(primary.node && { node: again(primary.node) }) },
        deferred: deferred.map((part) => ({ ...part, ...(part.node && { node: again(part.node) }) })),
      };
    }
  }
}

function restoreFlatten({ path, node }: FlattenNode, corrections: Corrections): PlanNode {
  if (node.kind !== 'Fetch') return { kind: 'Flatten', path, node: restore(node, corrections) };
  const fetches = splitFetch(node, corrections).map((fetch) => restoreFetch(fetch, corrections));
  return together(fetches.map((fetch) => ({ kind: 'Flatten', path, node: fetch })));
}

function together(nodes: readonly (FetchNode | FlattenNode)[]): PlanNode {
  const [only] = nodes;
  if (only !== undefined && nodes.length === 1) return only;
  // What is deferred waits for a fetch by its id, which only the last of them has.
  const isAwaited = nodes.map((node) => (node.kind === 'Flatten' ? node.node : node)).some((node) => 'id' in node);
  return { kind: isAwaited ? 'Sequence' : 'Parallel', nodes: [...nodes] };
}

function restoreFetch(fetch: FetchNode, { standIns }: Corrections): FetchNode {
  const { operationDocumentNode: _, ...rest } = fetch;
  const operation = restoreOperation(fetch.operation, standIns);
  if (!fetch.requires) return operation === fetch.operation ? fetch : { ...rest, operation };
  // The names by which the subgraph knows them; innermost first, because a path leads through the names of before.
  const renames = renamesIn(fetch.requires, [], standIns);
  if (renames.length === 0) return operation === fetch.operation ? fetch : { ...rest, operation };
  // First of all rewrites: others may change the `__typename` that paths go by.
  return { ...rest, operation, inputRewrites: [...renames, ...(fetch.inputRewrites ?? [])] };
}

function restoreOperation(text: string, standIns: Apart['standIns']): string {
  if (![...standIns.keys()].some((name) => text.includes(name))) return text;
  const restored = visit(parse(text, { noLocation: true }), {
    Field: (field) => {
      const standIn = standIns.get(field.name.value);
      if (!standIn) return undefined;
      return {
        ...field,
        alias: field.alias ?? field.name,
        name: { kind: Kind.NAME, value: standIn.field },
        arguments: standIn.arguments,
      };
    },
  });
  return stripIgnoredCharacters(print(restored));
}

function renamesIn(
  selections: readonly QueryPlanSelectionNode[],
  path: readonly string[],
  standIns: Apart['standIns'],
): FetchDataKeyRenamer[] {
  return selections.flatMap((selection) => {
    if (selection.kind === 'InlineFragment') {
      const { typeCondition } = selection;
      const within = typeCondition === undefined ? path : [...path, `... on ${typeCondition}`];
      return renamesIn(selection.selections, within, standIns);
    }
    const place = [...path, selection.alias ?? selection.name];
    const inner = renamesIn(selection.selections ?? [], place, standIns);
    const standIn = standIns.get(selection.name);
    return standIn ? [...inner, { kind: 'KeyRenamer', path: place, renameKeyTo: standIn.field }] : inner;
  });
}
