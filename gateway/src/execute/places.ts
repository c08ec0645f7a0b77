import { isInherited, isTree, type Path, readOwn, type Tree } from './tree.ts';

export type Walk = (root: unknown, found: Tree[]) => void;

/** Compiles a path of a plan (`products.@.maker`) into what finds all objects there. */
export function compileWalk(path: Path): Walk {
  const [step, ...rest] = path;
  if (step === undefined)
    return (value, found) => {
      if (isTree(value)) found.push(value);
    };
  const next = compileWalk(rest);
  if (step === '@')
    return (value, found) => {
      if (Array.isArray(value)) for (const item of value) next(item, found);
    };
  const key = String(step);
  const isOdd = isInherited(key);
  return (value, found) => {
    if (isTree(value)) next(isOdd ? readOwn(value, key) : value[key], found);
  };
}

/** Where the objects are that the walk of the same path finds, in the same order. */
export function placesOf(root: unknown, path: Path): Path[] {
  const places: Path[] = [];
  const visit = (value: unknown, depth: number, place: Path) => {
    const step = path[depth];
    if (step === undefined) {
      if (isTree(value)) places.push(place);
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
