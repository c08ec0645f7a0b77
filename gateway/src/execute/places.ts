import type { Asked } from '../plan/represent-each.ts';
import type { Run } from './run.ts';
import { isInherited, isTree, type Path, readOwn, type Tree } from './tree.ts';

/** Objects that a walk has come to, each once, whatever number of ways leads to it. */
export type Found = {
  readonly trees: Tree[];
  /** What has several ways to it (see Run). */
  readonly shared: ReadonlySet<object>;
  /** Those of the shared that the walk has come to. */
  seen: Set<object> | undefined;
};
export type Walk = (root: unknown, found: Found) => void;

/** What a walk has found, and how it was represented. */
export type Walked = {
  readonly root: Tree;
  readonly path: string;
  readonly trees: readonly Tree[];
  represented: { readonly by: string; readonly asked: Asked } | undefined;
};

/**
 * Compiles a path of a plan (`products.@.maker`) into what finds all objects there. Those who come to one place in one moment, to
 * ask several subgraphs about it, find it once: until more is received (see `received` of Run).
 */
export function compileWalk(path: Path): (run: Pick<Run, 'data' | 'shared' | 'received'>) => Walked {
  const walk = compileStep(path);
  const name = JSON.stringify(path);
  return ({ data, shared, received }) => {
    const { walked } = received;
    if (walked?.path === name && walked.root === data) return walked;
    const found: Found = { trees: [], shared, seen: undefined };
    walk(data, found);
    received.walked = { root: data, path: name, trees: found.trees, represented: undefined };
    return received.walked;
  };
}

/** Represents what was found, once for all who do it in the same way. */
export function representOnce(walked: Walked, by: string, represent: () => Asked): Asked {
  if (walked.represented?.by !== by) walked.represented = { by, asked: represent() };
  return walked.represented.asked;
}

function compileStep(path: Path): Walk {
  const [step, ...rest] = path;
  if (step === undefined)
    return (value, { trees }) => {
      if (isTree(value)) trees.push(value);
    };
  const next = compileStep(rest);
  if (step === '@')
    return (value, found) => {
      if (Array.isArray(value)) for (const item of value) next(item, found);
    };
  const key = String(step);
  const isOdd = isInherited(key);
  return (value, found) => {
    if (!isTree(value)) return;
    const inner = isOdd ? readOwn(value, key) : value[key];
    if (found.shared.size === 0 || isNew(inner, found)) next(inner, found);
  };
}

/** Whether the walk has not been here: what is shared is a value of a field, so that only those need be looked at. */
function isNew(value: unknown, found: Found): boolean {
  if (typeof value !== 'object' || value === null || !found.shared.has(value)) return true;
  found.seen ??= new Set();
  if (found.seen.has(value)) return false;
  found.seen.add(value);
  return true;
}

/** Every place of each object that the walk of the same path finds. */
export function placesOf(root: unknown, path: Path): Map<Tree, Path[]> {
  const places = new Map<Tree, Path[]>();
  const visit = (value: unknown, depth: number, place: Path) => {
    const step = path[depth];
    if (step === undefined) {
      if (!isTree(value)) return;
      const others = places.get(value);
      if (others) others.push(place);
      else places.set(value, [place]);
    } else if (step === '@') {
      if (Array.isArray(value)) for (const [index, item] of value.entries()) visit(item, depth + 1, [...place, index]);
    } else if (isTree(value)) visit(readOwn(value, String(step)), depth + 1, [...place, step]);
  };
  visit(root, 0, []);
  return places;
}

/** A path of a plan as far as it is a place in an answer: up to the first list. */
export function placeOf(path: Path): Path {
  const list = path.indexOf('@');
  return list === -1 ? path : path.slice(0, list);
}
