import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { stripTypes } from './strip-types.ts';

/** A line of Node on which every gateway is measured. */
export type NodeLine = {
  readonly name: string;
  readonly version: string;
  readonly node: string;
  /** A program of this repository, named by its path without its ending. */
  program(path: string): string;
  /** What ours needs before its program. */
  readonly flags: readonly string[];
};

/** The Node that we ship on, running our sources as we do. */
export function shippedLine(root: string): NodeLine {
  const node = join(root, 'node_modules', 'node', 'bin', 'node');
  return { ...identify('24', node), program: (path) => join(root, `${path}.ts`), flags: ['--max-semi-space-size=32'] };
}

/** Node 20 cannot strip types, so it runs what has been stripped before; the code is otherwise the same to the last character. */
export function oldLine(root: string, peersFolder: string): NodeLine {
  const node = join(peersFolder, 'node_modules', 'node20', 'bin', 'node');
  const built = stripTypes(root);
  const program = (path: string) => join(built, `${path}.js`);
  return { ...identify('20', node), program, flags: ['--import', program('bench/gateway/programs/fill-node-20')] };
}

function identify(name: string, node: string): Pick<NodeLine, 'name' | 'version' | 'node'> {
  const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim().slice(1);
  if (!version.startsWith(`${name}.`)) throw new Error(`${node} is Node ${version}, and not ${name}`);
  return { name, version, node };
}
