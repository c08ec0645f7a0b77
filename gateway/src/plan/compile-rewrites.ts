import { isTree, readOwn, type Tree } from '../execute/tree.ts';
import type { FetchNode } from './plan-nodes.ts';
import type { SupergraphFacts } from './planner-messages.ts';

type Rewrites = NonNullable<FetchNode['inputRewrites']>;
type Rewrite = Rewrites[number];

const FRAGMENT = '... on ';

/**
 * Compiles what the planner wants changed in data on its way to or from a subgraph: names that it gave to tell fields
 * apart (KeyRenamer), and the type of an interface where a subgraph knows it as an object (ValueSetter).
 */
export function compileRewrites(rewrites: Rewrites | undefined, { subtypes }: Pick<SupergraphFacts, 'subtypes'>) {
  if (!rewrites || rewrites.length === 0) return undefined;
  const holds = (condition: string, type: unknown) =>
    typeof type !== 'string' || type === condition || subtypes.get(condition)?.has(type) === true;

  const apply = (rewrite: Rewrite, value: unknown, depth: number): void => {
    if (Array.isArray(value)) {
      for (const item of value) apply(rewrite, item, depth);
      return;
    }
    if (!isTree(value)) return;
    const step = rewrite.path[depth];
    if (step === undefined) return;
    if (step.startsWith(FRAGMENT)) {
      if (holds(step.slice(FRAGMENT.length), readOwn(value, '__typename'))) apply(rewrite, value, depth + 1);
    } else if (depth === rewrite.path.length - 1) change(rewrite, value, step);
    else apply(rewrite, readOwn(value, step), depth + 1);
  };
  return (value: unknown): void => {
    for (const rewrite of rewrites) apply(rewrite, value, 0);
  };
}

function change(rewrite: Rewrite, tree: Tree, key: string): void {
  if (rewrite.kind === 'ValueSetter') {
    define(tree, key, rewrite.setValueTo);
    return;
  }
  const value = readOwn(tree, key);
  if (value === undefined) return;
  define(tree, rewrite.renameKeyTo, value);
  tree[key] = undefined;
}

function define(tree: Tree, key: string, value: unknown): void {
  Object.defineProperty(tree, key, { value, enumerable: true, writable: true, configurable: true });
}

/** The names that clients know in the place of those that the planner gave. */
export function renamesOf(rewrites: Rewrites | undefined): ReadonlyMap<string, string> {
  const renames = new Map<string, string>();
  for (const rewrite of rewrites ?? []) {
    const last = rewrite.path.at(-1);
    if (rewrite.kind === 'KeyRenamer' && last !== undefined) renames.set(last, rewrite.renameKeyTo);
  }
  return renames;
}
