import type { Introspect } from './introspect.ts';
import type { WriteTree } from './project.ts';
import type { Run } from './run.ts';
import type { Path, Tree } from './tree.ts';

export type Shaped = { readonly data: string; readonly invalid: readonly Path[] };

/** Writes an object of what a run has received; what is missing or wrong in it is added to the run's errors. */
export function shape(write: WriteTree, tree: Tree, run: Run, introspect: Introspect, at: Path = []): Shaped {
  const invalid: Path[] = [];
  const data = write(tree, {
    path: [...at],
    errors: run.errors,
    explained: run.explained,
    shared: run.shared,
    written: new Map(),
    told: 0,
    introspect: (name) => introspect(name, run.variables),
    invalid,
  });
  return { data: data || 'null', invalid };
}
