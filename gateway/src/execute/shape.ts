import { beginBytes, putText, rewindBytes, takeBytes, writtenBytes } from './answer-bytes.ts';
import type { Introspect } from './introspect.ts';
import type { WriteTree } from './project.ts';
import type { Run } from './run.ts';
import type { Path, Tree } from './tree.ts';

export type Shaped = { readonly invalid: readonly Path[] };

/** The whole answer of a run: `{"data":…}`, with its errors when there are some. */
export function shapeWhole(write: WriteTree, run: Run, introspect: Introspect): Shaped & { readonly body: Buffer } {
  beginBytes();
  putText('{"data":');
  const invalid = shape(write, run.data, run, introspect, []);
  if (run.errors.length > 0) putText(`,"errors":${JSON.stringify(run.errors)}`);
  putText('}');
  return { body: takeBytes(), invalid };
}

/** The text of one object of what a run has received. `at`: where it is. */
export function shapePart(
  write: WriteTree,
  tree: Tree,
  run: Run,
  introspect: Introspect,
  at: Path = [],
): Shaped & { readonly data: string } {
  beginBytes();
  const invalid = shape(write, tree, run, introspect, at);
  return { data: takeBytes().toString(), invalid };
}

/** Writes an object; what is missing or wrong in it is added to the run's errors. Returns where it is wrong. */
function shape(write: WriteTree, tree: Tree, run: Run, introspect: Introspect, at: Path): readonly Path[] {
  const start = writtenBytes();
  const invalid: Path[] = [];
  const isThere = write(tree, {
    path: [...at],
    errors: run.errors,
    explained: run.explained,
    shared: run.shared,
    isPlain: run.received.isPlain,
    written: new Map(),
    told: 0,
    introspect: (name) => introspect(name, run.variables),
    invalid,
  });
  if (!isThere) {
    rewindBytes(start);
    putText('null');
  }
  return invalid;
}
