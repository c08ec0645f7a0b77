import { execFileSync } from 'node:child_process';
import type { SchemaFolder } from './check.ts';

/** A commit to compare with, and why this one. */
export type Base = { readonly commit: string; readonly why: string };

const DEFAULTS = ['origin/main', 'main'];

/** Where this branch left the base branch; undefined when the repository here has no such commit. */
export function findBase(root: string, asked: string | undefined): Base | undefined {
  for (const ref of asked === undefined ? DEFAULTS : [asked]) {
    const tip = git(root, 'rev-parse', '--verify', '--quiet', `${ref}^{commit}`)?.trim();
    if (!tip) continue;
    // A clone without the common history has no merge base: then the branch's tip is the honest choice.
    const fork = git(root, 'merge-base', 'HEAD', tip)?.trim() || tip;
    const head = git(root, 'rev-parse', 'HEAD')?.trim();
    if (asked !== undefined || fork !== head) return { commit: fork, why: ref };
    const parent = git(root, 'rev-parse', '--verify', '--quiet', 'HEAD^^{commit}')?.trim();
    return parent ? { commit: parent, why: `the commit before this one, which is ${ref} itself` } : undefined;
  }
  return undefined;
}

/** The schema folder of a commit. */
export function schemaAt(root: string, commit: string): SchemaFolder {
  const show = (path: string) => git(root, 'show', `${commit}:schema/${path}`);
  const names = git(root, 'ls-tree', '--name-only', commit, 'schema/operations/') ?? '';
  return {
    read: (path) => {
      const text = show(path);
      if (text === undefined) throw new Error(`schema/${path} is not in ${commit}`);
      return text;
    },
    supergraph: show('supergraph.graphql'),
    operations: names
      .split('\n')
      .filter((file) => file.endsWith('.graphql'))
      .map((file) => ({ file, text: show(file.slice('schema/'.length)) ?? '' })),
  };
}

function git(root: string, ...args: string[]): string | undefined {
  try {
    return execFileSync('git', args, {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      maxBuffer: 64e6,
    });
  } catch {
    // Asked for something that is not there, or git is not: either way there is nothing to show.
    return undefined;
  }
}
