import { hash } from 'node:crypto';
import { compileWalk, placeOf, placesOf } from '../execute/places.ts';
import { toJson } from '../execute/quote.ts';
import { addError, FAILED, INVALID, type Run } from '../execute/run.ts';
import type { SubgraphAnswer, SubgraphCall } from '../execute/subgraph-call.ts';
import { isTree, mergeInto, type Path, type Tree } from '../execute/tree.ts';
import { type ContextGroup, compileContext } from './compile-context.ts';
import { compileRequires } from './compile-requires.ts';
import { compileRewrites, renamesOf } from './compile-rewrites.ts';
import type { FetchNode } from './plan-nodes.ts';
import type { SupergraphFacts } from './planner-messages.ts';
import { type Asked, onlyKeyOf, representEach } from './represent-each.ts';
import { withoutUnusedVariables } from './unused-variables.ts';

/** A part of a plan, compiled. Undefined when there is nothing to wait for. */
export type Step = (run: Run) => Promise<void> | undefined;

type Facts = Pick<SupergraphFacts, 'subtypes'>;
const UNABLE: SubgraphAnswer = { data: null, errors: [FAILED] };

/** Compiles one question to one subgraph: what to send for which objects, and where to put what is received. */
export function compileFetch(node: FetchNode, path: Path, facts: Facts): Step {
  return node.requires ? compileEntityFetch(node, node.requires, path, facts) : compileRootFetch(node, path, facts);
}

function compileRootFetch(node: FetchNode, path: Path, facts: Facts): Step {
  const ask = compileAsk(node);
  const walk = compileWalk(path);
  const rewrite = compileRewrites(node.outputRewrites, facts);
  const renames = renamesOf(node.outputRewrites);
  const place = placeOf(path);
  return (run) => {
    const targets: Tree[] = [];
    walk(run.data, targets);
    if (targets.length === 0) return undefined;
    return ask(run, undefined)?.then(({ data, errors }) => {
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
  facts: Facts,
): Step {
  const ask = compileAsk(node);
  const walk = compileWalk(path);
  const represent = compileRequires(requires, facts.subtypes);
  const key = onlyKeyOf(requires);
  const rewriteInput = compileRewrites(node.inputRewrites, facts);
  const rewriteOutput = compileRewrites(node.outputRewrites, facts);
  const renames = renamesOf(node.outputRewrites);
  const groupsOf = node.contextRewrites && compileContext(node.contextRewrites, path, facts);

  const isAbstract = (type: unknown) => typeof type === 'string' && facts.subtypes.has(type);
  // What only a field requires that is not asked now (@skip, @include) has not been fetched: the others of this fetch do
  // without it. A part that is missing for another reason has an error that explains it.
  const isConditional = /@(?:skip|include)\b/.test(node.operation);

  const textOf = (run: Run, target: Tree): string | undefined => {
    const text =
      represent(target) ?? (isConditional && !run.explained.has(target) ? represent(target, true) : undefined);
    if (text === undefined || !rewriteInput) return text;
    const representation: unknown = JSON.parse(text);
    rewriteInput(representation);
    return JSON.stringify(representation);
  };

  const fetchFor = (run: Run, found: readonly Tree[], group: ContextGroup | undefined) => {
    const asked = group
      ? representEach(found, (one) => (group.members.has(one) ? textOf(run, one) : undefined), undefined)
      : representEach(found, (one) => textOf(run, one), key);
    if (asked.texts.length === 0) return undefined;
    const asking = group ? { ...run, variables: { ...run.variables, ...group.values } } : run;
    return ask(asking, asked.texts)?.then(({ data, errors }) => {
      if (errors.length > 0) placeErrors(run, errors, asked, path, renames);
      const entities = data?._entities;
      if (!Array.isArray(entities) || entities.length !== asked.texts.length) {
        if (errors.length === 0) addError(run, FAILED, placeOf(path));
        for (const target of group?.members ?? found) run.explained.add(target);
        return;
      }
      rewriteOutput?.(entities);
      for (let index = 0; index < found.length; index++) {
        const target = found[index];
        const entity: unknown = entities[asked.owners[index] ?? -1];
        if (entity === undefined || target === undefined) continue;
        if (isTree(entity)) {
          const { __typename: type } = target;
          mergeInto(target, entity);
          // A subgraph with an @interfaceObject names the interface, and another has told the type itself.
          if (type !== undefined && isAbstract(target.__typename)) target.__typename = type;
        } else {
          if (entity !== null) addError(run, INVALID, placesOf(run.data, path)[index]);
          // The subgraph does not know this entity, and says so: what it would have said of it is null.
          run.explained.add(target);
        }
      }
    });
  };

  return (run) => {
    const found: Tree[] = [];
    walk(run.data, found);
    if (found.length === 0) return undefined;
    if (!groupsOf) return fetchFor(run, found, undefined);
    const running = groupsOf(run.data).flatMap((group) => fetchFor(run, found, group) ?? []);
    return running.length === 0 ? undefined : Promise.all(running).then(() => undefined);
  };
}

function placeErrors(
  run: Run,
  errors: SubgraphAnswer['errors'],
  { found, owners }: Asked,
  path: Path,
  renames: ReadonlyMap<string, string>,
): void {
  let places: Path[] | undefined;
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
      addError(run, error, [...(places[index] ?? placeOf(path)), ...renamed(rest, renames)]);
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
  return (run: Run, representations: SubgraphCall['representations']): Promise<SubgraphAnswer> | undefined => {
    const { context, variables } = run;
    if (context.signal?.aborted) return undefined;
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
    return run.ask(call).catch(() => UNABLE);
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
