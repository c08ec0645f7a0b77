import type { GraphQLFormattedError } from 'graphql';
import { LRUCache } from 'lru-cache';
import { distinctCalls } from './distinct-calls.ts';
import { answerName, type JoinedOperation, joinOperations, variablePrefix } from './joined-operation.ts';
import { toJson } from './quote.ts';
import type { AskSubgraph, SubgraphAnswer, SubgraphCall } from './subgraph-call.ts';
import { isTree } from './tree.ts';

type Waiting = { readonly call: SubgraphCall; readonly resolve: (answer: Promise<SubgraphAnswer>) => void };

const MAX_JOINED = 1_000;
/** More in one operation would make all of them wait for the slowest. */
const MAX_CALLS = 8;

/**
 * Sends the entity fetches of one request to one subgraph that become ready in the same moment as one operation: most of what a
 * fetch costs is the request around it. What several of them ask alike is asked once. What is to be kept by entity is asked for
 * on its own, because a subgraph says of a whole answer how it may be kept.
 */
export function joinCalls(ask: AskSubgraph): AskSubgraph {
  const operations = new LRUCache<string, { joined: JoinedOperation | undefined }>({ max: MAX_JOINED });
  let waiting: Waiting[] = [];

  const operationFor = (calls: readonly SubgraphCall[]): JoinedOperation | undefined => {
    const key = calls.map(({ id }) => id).join();
    const known = operations.get(key);
    if (known) return known.joined;
    const joined = joinOperations(calls);
    operations.set(key, { joined });
    return joined;
  };

  /** What is asked by each of the calls, in as few operations as can be. */
  const askTogether = (calls: readonly SubgraphCall[]): Promise<SubgraphAnswer>[] => {
    const [first] = calls;
    const joined = calls.length > 1 ? operationFor(calls) : undefined;
    if (!joined || !first) return calls.map(ask);
    const { subgraph, context } = first;
    const variables = variablesOf(calls);
    const answer = ask({ ...joined, subgraph, context, kind: 'query', variables, representations: undefined });
    return calls.map((_, index) => answer.then((whole) => partOf(whole, index)));
  };

  const send = (group: readonly Waiting[]): void => {
    const [first] = group;
    if (first && group.length === 1) {
      first.resolve(ask(first.call));
      return;
    }
    const distinct = distinctCalls(group.map(({ call }) => call));
    for (const [index, answer] of askTogether(distinct.map(({ call }) => call)).entries()) {
      const { members = [], shareOf } = distinct[index] ?? {};
      for (const [place, member] of members.entries())
        group[member]?.resolve(shareOf ? answer.then((whole) => shareOf(whole, place)) : answer);
    }
  };

  const flush = (): void => {
    const ready = waiting;
    waiting = [];
    const groups: Waiting[][] = [];
    for (const one of ready) {
      const group = groups.find(
        ([first, ...rest]) =>
          rest.length < MAX_CALLS - 1 &&
          first?.call.subgraph === one.call.subgraph &&
          first.call.context === one.call.context,
      );
      if (group) group.push(one);
      else groups.push([one]);
    }
    for (const group of groups) send(group);
  };

  return (call) => {
    if (call.representations === undefined || call.kind !== 'query' || call.fence !== undefined) return ask(call);
    return new Promise((resolve) => {
      if (waiting.push({ call, resolve }) === 1) queueMicrotask(flush);
    });
  };
}

function variablesOf(calls: readonly SubgraphCall[]): string {
  const texts = calls.map(({ variables, representations = [] }, index) => {
    const prefix = variablePrefix(index);
    const own = `"${prefix}representations":[${representations.join(',')}]`;
    if (variables === '{}') return own;
    const values: unknown = JSON.parse(variables);
    const others = isTree(values) ? Object.entries(values) : [];
    return [own, ...others.map(([name, value]) => `"${prefix}${name}":${toJson(value)}`)].join(',');
  });
  return `{${texts.join(',')}}`;
}

function partOf({ data, errors, policy, isPlain }: SubgraphAnswer, index: number): SubgraphAnswer {
  const name = answerName(index);
  const own = errors.flatMap((error): GraphQLFormattedError[] => {
    const [root, ...rest] = error.path ?? [];
    if (root === undefined) return [error];
    return root === name ? [{ ...error, path: ['_entities', ...rest] }] : [];
  });
  const entities = data?.[name];
  // Of its tags, which belong to which entity cannot be told any more.
  const kept = policy && { policy: { ...policy, entityCacheTags: undefined } };
  return { data: entities === undefined ? null : { _entities: entities }, errors: own, isPlain, ...kept };
}
