import type { FetchNode, PlanNode, QueryPlan } from '@apollo/query-planner';
import { Kind } from 'graphql';
import type { Chained } from './chained-requirements.ts';
import { writeOperation } from './fetch-operation.ts';
import { findForeign, findUnmet, type Misplaced, withKey } from './misplaced-fields.ts';
import { fetchMoved } from './moved-fetch.ts';
import { changeFetches, fetchesIn, type PlacedFetch, sequenceOf, withoutRepeats } from './plan-fetches.ts';
import { beyond, broughtBy, neededBy, overlaps, type Places, placesIn, union } from './plan-places.ts';

export type InTurn = {
  readonly chained: Chained;
  /** From a subgraph's name to what the supergraph's directives call it. */
  readonly graphs: ReadonlyMap<string, string>;
};

/** More fields than this in one plan are not moved: each is one of a `@requires`. */
const MAX_MOVED = 100;

/**
 * `margin` requires `price`, which requires `cost`: where the query begins in the subgraph of `price`, the planner merges what
 * fetches the price into its first fetch, and the subgraph computes it of a cost that has not come yet. So such a field is
 * moved out of there into a fetch of its own, after what it requires and before what needs it. Where what it requires has been
 * merged into that fetch as well, which names it but cannot know it, that is moved to a subgraph that does.
 */
export function putInTurn(plan: QueryPlan, inTurn: InTurn): QueryPlan {
  const { node } = plan;
  if (!node || inTurn.chained.requirements.size === 0) return plan;
  if (node.kind !== 'Subscription') return { ...plan, node: eachBody(node, inTurn) };
  return { ...plan, node: { ...node, ...(node.rest && { rest: eachBody(node.rest, inTurn) }) } };
}

/** What is deferred is planned apart from what is not, and so are the branches of a condition of `@defer`. */
function eachBody(node: PlanNode, inTurn: InTurn): PlanNode {
  if (node.kind === 'Defer') {
    const { primary, deferred } = node;
    return {
      ...node,
      primary: { ...primary, ...(primary.node && { node: eachBody(primary.node, inTurn) }) },
      deferred: deferred.map((part) => ({ ...part, ...(part.node && { node: eachBody(part.node, inTurn) }) })),
    };
  }
  if (node.kind === 'Condition') {
    const { ifClause, elseClause } = node;
    return {
      ...node,
      ...(ifClause && { ifClause: eachBody(ifClause, inTurn) }),
      ...(elseClause && { elseClause: eachBody(elseClause, inTurn) }),
    };
  }
  return correct(node, inTurn);
}

function correct(body: PlanNode, inTurn: InTurn): PlanNode {
  let corrected = body;
  for (let moved = 0; moved <= MAX_MOVED; moved++) {
    const next = moveFirst(corrected, inTurn);
    if (!next) return moved === 0 ? corrected : withoutRepeats(corrected);
    corrected = next;
  }
  throw new Error('the plan has too many fields that are asked before what they require');
}

function moveFirst(body: PlanNode, inTurn: InTurn): PlanNode | undefined {
  const { chained, graphs } = inTurn;
  // First those that are computed: what they require is seen to be in the wrong place only then.
  for (const look of [findUnmet, findForeign])
    for (const fetch of fetchesIn(body)) {
      const misplaced = look(fetch.node, graphOf(fetch.node, graphs), chained);
      if (misplaced) return moveOut(body, fetch, misplaced, inTurn);
    }
  return undefined;
}

function moveOut(body: PlanNode, from: PlacedFetch, misplaced: Misplaced, { chained, graphs }: InTurn): PlanNode {
  const { operation, fields, type, homes } = misplaced;
  const { types } = chained;
  const path = [...from.path, ...misplaced.path];
  // Of several subgraphs that know it, the one that the planner comes to in any case, by what `@override` says now.
  const used = fetchesIn(body).flatMap((one) => (one.path.join() === path.join() ? graphOf(one.node, graphs) : []));
  const home = homes.find(({ graph }) => used.includes(graph)) ?? homes[0];
  const [serviceName = home?.graph] = [...graphs].flatMap(([name, graph]) => (graph === home?.graph ? [name] : []));
  if (!home || serviceName === undefined) throw new Error(`there is nobody to be asked for the ${type}`);

  const selectionSet = withKey(operation.selectionSet, new Set(fields), home.key);
  const rest = withOperation(from.node, { ...operation, selectionSet });
  // What is sent with a question need not be asked.
  const isNews = !rest.requires || beyond(broughtBy(rest, [], types), neededBy(rest, [], types)).size > 0;
  const left = changeFetches(body, (node) => (node === from.node ? (isNews ? rest : undefined) : node));
  const lost = placesIn({ selections: fields }, path, types, type);
  const later = left ? dependentsIn(left, lost, types) : new Set<FetchNode>();
  const moved = fetchMoved({
    misplaced,
    home,
    serviceName,
    operationName: from.node.operationName,
    isAbstract: types.get(type)?.kind === Kind.INTERFACE_TYPE_DEFINITION,
  });
  return sequenceOf([
    left && changeFetches(left, (node) => (later.has(node) ? undefined : node)),
    { kind: 'Flatten', path, node: moved },
    left && changeFetches(left, (node) => (later.has(node) ? node : undefined)),
  ]);
}

const graphOf = ({ serviceName }: FetchNode, graphs: InTurn['graphs']) => graphs.get(serviceName) ?? serviceName;

function withOperation(node: FetchNode, operation: Misplaced['operation']): FetchNode {
  const { operationDocumentNode: _, variableUsages = [], ...rest } = node;
  const { operation: text, variables } = writeOperation(operation);
  return { ...rest, operation: text, variableUsages: variableUsages.filter((name) => variables.has(name)) };
}

/** What cannot be fetched before these places are there again. */
function dependentsIn(body: PlanNode, lost: Places, types: Chained['types']): ReadonlySet<FetchNode> {
  const fetches = fetchesIn(body).map(({ node, path }) => ({
    node,
    needed: neededBy(node, path, types),
    brought: broughtBy(node, path, types),
  }));
  const later = new Set<FetchNode>();
  for (let isMore = true; isMore; ) {
    const part = (isLater: boolean) =>
      union(fetches.flatMap(({ node, brought }) => (later.has(node) === isLater ? [brought] : [])));
    const missing = union([lost, beyond(part(true), part(false))]);
    const next = fetches.filter(({ node, needed }) => !later.has(node) && overlaps(needed, missing));
    for (const { node } of next) later.add(node);
    isMore = next.length > 0;
  }
  return later;
}
