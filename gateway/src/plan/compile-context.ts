import { isTree, type Path, readOwn, type Tree } from '../execute/tree.ts';
import type { FetchNode } from './plan-nodes.ts';
import type { SupergraphFacts } from './planner-messages.ts';

/** Those of the found objects that are asked for with the same values of variables. */
export type ContextGroup = {
  readonly values: Readonly<Record<string, unknown>>;
  readonly members: ReadonlySet<Tree>;
};

type Rewrites = NonNullable<FetchNode['contextRewrites']>;
type Reading = { readonly up: number; readonly down: readonly string[]; readonly variable: string };

const FRAGMENT = '... on ';
const PARENT = '..';

/**
 * Compiles what a fetch takes from around its entities (`@fromContext`): values from an object that the entity is within become
 * variables. Entities with different ones are asked for apart.
 */
export function compileContext(rewrites: Rewrites, path: Path, { subtypes }: Pick<SupergraphFacts, 'subtypes'>) {
  const readings = rewrites.map((rewrite): Reading => {
    const up = rewrite.path.findIndex((step) => step !== PARENT);
    return { up, down: rewrite.path.slice(up), variable: rewrite.renameKeyTo };
  });
  const isOf = (tree: Tree, condition: string): boolean => {
    const type = readOwn(tree, '__typename');
    return type === condition || (typeof type === 'string' && subtypes.get(condition)?.has(type) === true);
  };
  const read = (value: unknown, [step, ...rest]: readonly string[]): unknown => {
    if (step === undefined) return value;
    if (!isTree(value)) return value === null ? null : undefined;
    if (!step.startsWith(FRAGMENT)) return read(readOwn(value, step), rest);
    return isOf(value, step.slice(FRAGMENT.length)) ? read(value, rest) : undefined;
  };

  return (data: Tree): ContextGroup[] => {
    const groups = new Map<string, { values: Record<string, unknown>; members: Set<Tree> }>();
    eachWithin(data, path, (entity, around) => {
      const values: Record<string, unknown> = {};
      for (const { up, down, variable } of readings) {
        const value = read(around[around.length - up], down);
        if (value !== undefined) values[variable] = value;
      }
      const key = JSON.stringify(values);
      const group = groups.get(key) ?? { values, members: new Set() };
      groups.set(key, group);
      group.members.add(entity);
    });
    return [...groups.values()];
  };
}

/** Each object at the path, with the objects that it is within, the outermost first. */
function eachWithin(data: Tree, path: Path, act: (tree: Tree, around: readonly Tree[]) => void): void {
  const visit = (value: unknown, depth: number, around: readonly Tree[]): void => {
    const step = path[depth];
    if (step === '@') {
      if (Array.isArray(value)) for (const item of value) visit(item, depth + 1, around);
    } else if (isTree(value)) {
      if (step === undefined) act(value, around);
      else visit(readOwn(value, String(step)), depth + 1, [...around, value]);
    }
  };
  visit(data, 0, []);
}
