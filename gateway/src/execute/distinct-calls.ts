import type { GraphQLFormattedError } from 'graphql';
import type { AnswerPolicy, SubgraphAnswer, SubgraphCall } from './subgraph-call.ts';
import { copyOf } from './tree.ts';

/** One call in place of those that ask the same of entities, each of perhaps others. */
export type Distinct = {
  /** With the representations of all of them, each once. */
  readonly call: SubgraphCall;
  /** Which of the calls it stands for. */
  readonly members: readonly number[];
  /** What of its answer is that of a member; absent when it is that of the only one. */
  readonly shareOf?: (answer: SubgraphAnswer, member: number) => SubgraphAnswer;
};

/** Joins the calls that differ in nothing but their representations. */
export function distinctCalls(calls: readonly SubgraphCall[]): Distinct[] {
  const alike: { readonly call: SubgraphCall; readonly members: number[] }[] = [];
  for (const [index, call] of calls.entries()) {
    const known = alike.find(({ call: { id, variables } }) => id === call.id && variables === call.variables);
    if (known) known.members.push(index);
    else alike.push({ call, members: [index] });
  }
  return alike.map((one) => (one.members.length === 1 ? one : uniteCalls(one.call, calls, one.members)));
}

/** Of its tags, which belong to which entity cannot be told any more. */
export const forParts = (policy: AnswerPolicy): AnswerPolicy =>
  policy.entityCacheTags === undefined ? policy : { ...policy, entityCacheTags: undefined };

function uniteCalls(call: SubgraphCall, calls: readonly SubgraphCall[], members: readonly number[]): Distinct {
  const places = new Map<string, number>();
  const placesOf = members.map((index) =>
    (calls[index]?.representations ?? []).map((text) => {
      const known = places.get(text);
      if (known !== undefined) return known;
      places.set(text, places.size);
      return places.size - 1;
    }),
  );
  const given = new Set<number>();
  return {
    call: { ...call, representations: [...places.keys()] },
    members,
    shareOf: (answer, member) => shareOf(answer, placesOf[member] ?? [], given),
  };
}

/** `given`: the entities that another has been given already; whoever executes changes what it is given. */
function shareOf(answer: SubgraphAnswer, places: readonly number[], given: Set<number>): SubgraphAnswer {
  const { data, errors, policy, isPlain } = answer;
  const own = errors.length === 0 ? errors : errorsOf(errors, places);
  const all: unknown = data?._entities;
  const kept = policy && forParts(policy);
  if (!Array.isArray(all)) return { data, errors: own, isPlain, policy: kept };
  const entities = places.map((place) => {
    const entity: unknown = all[place];
    if (given.has(place)) return copyOf(entity);
    given.add(place);
    return entity;
  });
  return { data: { _entities: entities }, errors: own, isPlain, policy: kept };
}

function errorsOf(errors: readonly GraphQLFormattedError[], places: readonly number[]): GraphQLFormattedError[] {
  return errors.flatMap((error): GraphQLFormattedError[] => {
    const [root, place, ...rest] = error.path ?? [];
    if (root !== '_entities' || typeof place !== 'number') return [error];
    const index = places.indexOf(place);
    return index === -1 ? [] : [{ ...error, path: [root, index, ...rest] }];
  });
}
