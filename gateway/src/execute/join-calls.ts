import type { GraphQLFormattedError } from 'graphql';
import { createRecent } from '../cache/recent.ts';
import { type Distinct, distinctCalls, forParts } from './distinct-calls.ts';
import { answerName, type JoinedOperation, joinOperations, variablePrefix } from './joined-operation.ts';
import { toJson } from './quote.ts';
import type { AskSubgraph, SubgraphAnswer, SubgraphCall } from './subgraph-call.ts';
import { isTree } from './tree.ts';

type Waiting = {
  readonly call: SubgraphCall;
  readonly resolve: (answer: SubgraphAnswer) => void;
  readonly reject: (reason: unknown) => void;
};

/** What becomes of an answer to a query before whoever asks is given it. */
export type Finish = (call: SubgraphCall, answer: SubgraphAnswer) => SubgraphAnswer;

const MAX_JOINED = 1_000;
/** More in one operation would make all of them wait for the slowest. */
const MAX_CALLS = 8;

/**
 * Sends the entity fetches of one request to one subgraph that become ready in the same moment as one operation: most of what a
 * fetch costs is the request around it. What several of them ask alike is asked once. What is to be kept by entity is asked for
 * on its own, because a subgraph says of a whole answer how it may be kept. Answers are finished here since a step of its own would
 * be one promise more for each.
 */
export function joinCalls(ask: AskSubgraph, finish: Finish): AskSubgraph {
  const operations = createRecent<{ joined: JoinedOperation | undefined }>(MAX_JOINED);
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
    const [first] = group;
    if (!first) return;
    if (group.length === 1) {
      ask(first.call)
        .then((answer) => first.resolve(finish(first.call, answer)))
        .catch(first.reject);
      return;
    }
    const giveOut = (answer: SubgraphAnswer, { members, shareOf }: Distinct) => {
      for (const [place, member] of members.entries()) {
        const one = group[member];
        if (one) one.resolve(finish(one.call, shareOf ? shareOf(answer, place) : answer));
      }
    };
    const refuse = (reason: unknown) => {
      for (const { reject } of group) reject(reason);
    };
    const distinct = distinctCalls(group.map(({ call }) => call));
    const calls = distinct.map(({ call }) => call);
    const joined = calls.length > 1 ? operationFor(calls) : undefined;
    if (!joined) {
      for (const one of distinct)
        ask(one.call)
          .then((answer) => giveOut(answer, one))
          .catch(refuse);
      return;
    }
    const { subgraph, context } = first.call;
    const variables = variablesOf(calls);
    ask({ ...joined, subgraph, context, kind: 'query', variables, representations: undefined })
      .then((whole) => {
        for (const [index, one] of distinct.entries()) giveOut(partOf(whole, index), one);
      })
      .catch(refuse);
  };

  const flush = (): void => {
    const ready = waiting;
    waiting = [];
    const groups: Waiting[][] = [];
    for (const one of ready) {
      const group = groups.find((others) => others.length < MAX_CALLS && areOfOneRequest(others[0]?.call, one.call));
      if (group) group.push(one);
      else groups.push([one]);
    }
    for (const group of groups) send(group);
  };

  return (call) => {
    if (call.kind !== 'query') return ask(call);
    if (call.representations === undefined || call.fence !== undefined)
      return ask(call).then((answer) => finish(call, answer));
    return new Promise((resolve, reject) => {
      // Not `queueMicrotask`, which makes a resource to be traced of each.
      if (waiting.push({ call, resolve, reject }) === 1) void NOW.then(flush);
    });
  };
}

const NOW = Promise.resolve();

/** To one subgraph. */
const areOfOneRequest = (one: SubgraphCall | undefined, other: SubgraphCall): boolean =>
  one !== undefined && one.context === other.context && one.subgraph === other.subgraph;

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
  const own = errors.length === 0 ? errors : errorsOf(errors, name);
  const entities = data?.[name];
  return {
    data: entities === undefined ? null : { _entities: entities },
    errors: own,
    isPlain,
    policy: policy && forParts(policy),
  };
}

function errorsOf(errors: SubgraphAnswer['errors'], name: string): GraphQLFormattedError[] {
  return errors.flatMap((error): GraphQLFormattedError[] => {
    const [root, ...rest] = error.path ?? [];
    if (root === undefined) return [error];
    return root === name ? [{ ...error, path: ['_entities', ...rest] }] : [];
  });
}
