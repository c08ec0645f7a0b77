import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { stripTypes } from './strip-types.ts';

/** A line of Node on which every gateway is measured. */
export type NodeLine = {
  readonly name: string;
  readonly version: string;
  readonly node: string;
  /** A program of this repository, named by its path without its ending. */
  program(path: string): string;
  /** What comes before ours. */
  readonly flags: readonly string[];
};

/** The Node that we ship on, running our sources as we do. */
export function shippedLine(root: string): NodeLine {
  const node = join(root, 'node_modules', 'node', 'bin', 'node');
  return { ...identify('24', node), program: (path) => join(root, `${path}.ts`), flags: startFlags(root) };
}

/** Node 20 cannot strip types, so it runs what has been stripped before; the code is otherwise the same to the last character. */
export function oldLine(root: string, peersFolder: string): NodeLine {
  const node = join(peersFolder, 'node_modules', 'node20', 'bin', 'node');
  const built = stripTypes(root);
  const program = (path: string) => join(built, `${path}.js`);
  // Not those that are chosen for the Node we ship on: here nobody has any.
  return { ...identify('20', node), program, flags: ['--import', program('bench/gateway/programs/fill-node-20')] };
}

/** Those of V8 with which our documentation starts the gateway. */
export function startFlags(root: string): string[] {
  const { scripts } = z
    .object({ scripts: z.object({ gateway: z.string() }) })
    .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
  return scripts.gateway.split(' ').filter((word) => word.startsWith('--'));
}

function identify(name: string, node: string): Pick<NodeLine, 'name' | 'version' | 'node'> {
  const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim().slice(1);
  if (!version.startsWith(`${name}.`)) throw new Error(`${node} is Node ${version}, and not ${name}`);
  return { name, version, node };
}
