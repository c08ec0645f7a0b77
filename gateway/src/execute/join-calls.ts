import type { GraphQLFormattedError } from 'graphql';
import { LRUCache } from 'lru-cache';
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
 * fetch costs is the request around it. What is to be kept by entity is asked for on its own, because a subgraph says of a
 * whole answer how it may be kept.
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

  const send = (group: readonly Waiting[]): void => {
    const calls = group.map(({ call }) => call);
    const [first] = calls;
    const joined = calls.length > 1 ? operationFor(calls) : undefined;
    if (!joined || !first) {
      for (const { call, resolve } of group) resolve(ask(call));
      return;
    }
    const { subgraph, context } = first;
    const variables = variablesOf(calls);
    const answer = ask({ ...joined, subgraph, context, kind: 'query', variables, representations: undefined });
    for (const [index, { resolve }] of group.entries()) resolve(answer.then((whole) => partOf(whole, index)));
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

function partOf({ data, errors, policy }: SubgraphAnswer, index: number): SubgraphAnswer {
  const name = answerName(index);
  const own = errors.flatMap((error): GraphQLFormattedError[] => {
    const [root, ...rest] = error.path ?? [];
    if (root === undefined) return [error];
    return root === name ? [{ ...error, path: ['_entities', ...rest] }] : [];
  });
  const entities = data?.[name];
  // Of its tags, which belong to which entity cannot be told any more.
  const kept = policy && { policy: { ...policy, entityCacheTags: undefined } };
  return { data: entities === undefined ? null : { _entities: entities }, errors: own, ...kept };
}
