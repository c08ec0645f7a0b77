import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join } from 'node:path';

/** What the gateway is made of, and the benchmark's own programs. */
const SOURCES = ['gateway/src/**/*.ts', 'packages/*/src/**/*.ts', 'bench/gateway/programs/*.ts'];
const MANIFESTS = ['package.json', 'gateway/package.json', 'bench/package.json', 'packages/*/package.json'];

/** Writes the sources without their types under `.cache/bench-build`, as Node 24 strips them when it runs them. */
export function stripTypes(root: string): string {
  const folder = join(root, '.cache', 'bench-build');
  rmSync(folder, { recursive: true, force: true });
  const write = (path: string, text: string) => {
    // Below `node_modules`, so that programs find the stripped packages before the workspace's own.
    const file = join(folder, path.replace(/^packages\//, 'node_modules/@entrepot/'));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  };
  const paths = globSync(SOURCES, { cwd: root }).filter((path) => !path.endsWith('.test.ts'));
  for (const path of paths) {
    const stripped = stripTypeScriptTypes(readFileSync(join(root, path), 'utf8'));
    write(path.replace(/\.ts$/, '.js'), stripped.replaceAll(/(['"]\.{1,2}\/[^'"\n]*)\.ts(['"])/g, '$1.js$2'));
  }
  for (const path of globSync(MANIFESTS, { cwd: root }))
    write(path, readFileSync(join(root, path), 'utf8').replaceAll('.ts"', '.js"'));
  return folder;
}
