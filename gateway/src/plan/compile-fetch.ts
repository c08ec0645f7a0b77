import { hash } from 'node:crypto';
import { attend, stayAway } from '../execute/attend.ts';
import { compileWalk, placeOf, placesOf, representOnce } from '../execute/places.ts';
import { toJson } from '../execute/quote.ts';
import { addError, FAILED, INVALID, type Run, receive } from '../execute/run.ts';
import type { SubgraphAnswer, SubgraphCall } from '../execute/subgraph-call.ts';
import { copyOf, isTree, mergeInto, type Path, type Tree } from '../execute/tree.ts';
import { type ContextGroup, compileContext } from './compile-context.ts';
import { compileRequires } from './compile-requires.ts';
import { compileRewrites, renamesOf } from './compile-rewrites.ts';
import type { Meeting } from './meetings.ts';
import type { FetchNode } from './plan-nodes.ts';
import type { SupergraphFacts } from './planner-messages.ts';
import { type Asked, keysOf, representEach } from './represent-each.ts';
import { withoutUnusedVariables } from './unused-variables.ts';

/** A part of a plan, compiled. Undefined when there is nothing to wait for. */
export type Step = (run: Run) => Promise<void> | undefined;

type Facts = Pick<SupergraphFacts, 'subtypes'>;

export type FetchOptions = {
  readonly facts: Facts;
  readonly meeting: Meeting | undefined;
  /** Whether what is within equal entities may become different, by where they are. */
  readonly keepsApart: boolean;
};

const UNABLE: SubgraphAnswer = { data: null, errors: [FAILED] };

/** Compiles one question to one subgraph: what to send for which objects, and where to put what is received. */
export function compileFetch(node: FetchNode, path: Path, options: FetchOptions): Step {
  return node.requires
    ? compileEntityFetch(node, node.requires, path, options)
    : compileRootFetch(node, path, options.facts);
}

function compileRootFetch(node: FetchNode, path: Path, facts: Facts): Step {
  const ask = compileAsk(node);
  const walk = compileWalk(path);
  const rewrite = compileRewrites(node.outputRewrites, facts);
  const renames = renamesOf(node.outputRewrites);
  const place = placeOf(path);
  return (run) => {
    const { trees: targets } = walk(run);
    if (targets.length === 0) return undefined;
    return ask(run, undefined, ({ data, errors, isPlain }) => {
      receive(run, isPlain);
      for (const error of errors) {
        const rest = error.path && place.length === path.length ? renamed(error.path, renames) : [];
        addError(run, error, [...place, ...rest]);
      }
      if (!isTree(data)) {
        if (errors.length === 0) addError(run, INVALID, place);
        for (const target of targets) run.explained.add(target);
        return;
      }
      rewrite?.(data);
      for (const target of targets) mergeInto(target, data);
    });
  };
}

function compileEntityFetch(
  node: FetchNode,
  requires: NonNullable<FetchNode['requires']>,
  path: Path,
  { facts, meeting, keepsApart }: FetchOptions,
): Step {
  const ask = compileAsk(node);
  const walk = compileWalk(path);
  const represent = compileRequires(requires, facts.subtypes);
  const rewriteInput = compileRewrites(node.inputRewrites, facts);
  const rewriteOutput = compileRewrites(node.outputRewrites, facts);
  const renames = renamesOf(node.outputRewrites);
  const groupsOf = node.contextRewrites && compileContext(node.contextRewrites, path, facts);

  const isAbstract = (type: unknown) => typeof type === 'string' && facts.subtypes.has(type);
  // What only a field requires that is not asked now (@skip, @include) has not been fetched: the others of this fetch do
  // without it. A part that is missing for another reason has an error that explains it.
  const isConditional = /@(?:skip|include)\b/.test(node.operation);

  // Then what is sent depends on more than what is required.
  const keys = keysOf(requires, isConditional);
  const by = isConditional ? undefined : JSON.stringify([requires, node.inputRewrites]);

  const textOf = (run: Run, target: Tree): string | undefined => {
    const text =
      represent(target) ?? (isConditional && !run.explained.has(target) ? represent(target, true) : undefined);
    if (text === undefined || !rewriteInput) return text;
    const representation: unknown = JSON.parse(text);
    rewriteInput(representation);
    return JSON.stringify(representation);
  };

  const askFor = (run: Run, asked: Asked, asking: Run, group: ContextGroup | undefined) => {
    const { found } = asked;
    return ask(asking, asked.texts, ({ data, errors, isPlain }) => {
      receive(run, isPlain);
      if (errors.length > 0) placeErrors(run, errors, asked, path, renames);
      const entities = data?._entities;
      if (!Array.isArray(entities) || entities.length !== asked.texts.length) {
        if (errors.length === 0) addError(run, FAILED, placeOf(path));
        for (const target of group?.members ?? found) run.explained.add(target);
        return;
      }
      rewriteOutput?.(entities);
      const isGiven: boolean[] = [];
      for (let index = 0; index < found.length; index++) {
        const target = found[index];
        const owner = asked.owners[index] ?? -1;
        const received: unknown = entities[owner];
        if (received === undefined || target === undefined) continue;
        const entity = isGiven[owner] && keepsApart ? copyOf(received) : received;
        if (isTree(entity)) {
          const { __typename: type } = target;
          if (isGiven[owner] && !keepsApart) share(run, entity);
          mergeInto(target, entity);
          isGiven[owner] = true;
          // A subgraph with an @interfaceObject names the interface, and another has told the type itself.
          if (type !== undefined && isAbstract(target.__typename)) target.__typename = type;
        } else {
          if (entity !== null)
            for (const place of placesOf(run.data, path).get(target) ?? []) addError(run, INVALID, place);
          // The subgraph does not know this entity, and says so: what it would have said of it is null.
          run.explained.add(target);
        }
      }
    });
  };

  const absent = (run: Run): undefined => {
    if (meeting) stayAway(run, meeting);
  };

  return (run) => {
    const walked = walk(run);
    const found = walked.trees;
    if (found.length === 0) return absent(run);
    if (!groupsOf) {
      const represent = () => representEach(found, (one) => textOf(run, one), keys);
      const asked = by === undefined ? represent() : representOnce(walked, by, represent);
      if (asked.texts.length === 0) return absent(run);
      const start = () => askFor(run, asked, run, undefined);
      return meeting ? attend(run, meeting, start) : start();
    }
    const running = groupsOf(run.data).flatMap((group) => {
      const asked = representEach(found, (one) => (group.members.has(one) ? textOf(run, one) : undefined), undefined);
      if (asked.texts.length === 0) return [];
      return askFor(run, asked, { ...run, variables: { ...run.variables, ...group.values } }, group) ?? [];
    });
    return running.length === 0 ? undefined : Promise.all(running).then(() => undefined);
  };
}

/** What entities of one representation have within them is the same for all of them from now on. */
function share({ shared }: Run, entity: Tree): void {
  for (const key of Object.keys(entity)) {
    const value = entity[key];
    if (typeof value === 'object' && value !== null) shared.add(value);
  }
}

function placeErrors(
  run: Run,
  errors: SubgraphAnswer['errors'],
  { found, owners }: Asked,
  path: Path,
  renames: ReadonlyMap<string, string>,
): void {
  let places: ReturnType<typeof placesOf> | undefined;
  for (const error of errors) {
    const [root, owner, ...rest] = error.path ?? [];
    if (root !== '_entities' || typeof owner !== 'number' || !owners.includes(owner)) {
      addError(run, error, placeOf(path));
      continue;
    }
    places ??= placesOf(run.data, path);
    for (const [index, target] of found.entries()) {
      if (owners[index] !== owner) continue;
      run.explained.add(target);
      const end = renamed(rest, renames);
      for (const place of places.get(target) ?? [placeOf(path)]) addError(run, error, [...place, ...end]);
    }
  }
}

function renamed(path: Path, renames: ReadonlyMap<string, string>): Path {
  return renames.size === 0
    ? path
    : path.map((step) => (typeof step === 'string' ? (renames.get(step) ?? step) : step));
}

function compileAsk(node: FetchNode) {
  const { serviceName: subgraph, operationName, operationKind: kind } = node;
  const { query, variableUsages } = withoutUnusedVariables(node);
  const id = hash('sha256', `${subgraph} ${query}`, 'hex').slice(0, 32);
  const writeVariables = compileVariables(variableUsages);
  return (
    run: Run,
    representations: SubgraphCall['representations'],
    take: (answer: SubgraphAnswer) => void,
  ): Promise<void> | undefined => {
    const { context, variables } = run;
    if (context.signal?.isCancelled) return undefined;
    const call = {
      subgraph,
      query,
      id,
      operationName,
      kind,
      variables: writeVariables(variables),
      representations,
      context,
    };
    return run.ask(call).then(take, () => take(UNABLE));
  };
}

/** Writes the variables that are used and were given, as they were given. */
function compileVariables(names: readonly string[]): (variables: Run['variables']) => string {
  if (names.length === 0) return () => '{}';
  const prefixed = names.map((name) => ({ name, prefix: `${JSON.stringify(name)}:` }));
  return (variables) => {
    let text = '';
    for (const { name, prefix } of prefixed) {
      const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
      if (value !== undefined) text += `${text === '' ? '' : ','}${prefix}${toJson(value)}`;
    }
    return `{${text}}`;
  };
}
