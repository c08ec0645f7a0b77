import { readFileSync } from 'node:fs';
import { type DocumentNode, parse } from 'graphql';

const folder = new URL('../../../schema/', import.meta.url);

/** The SDL of a subgraph: the files that `schema/subgraphs.json` lists for it, as one document. */
export function loadTypeDefs(name: string): DocumentNode {
  const subgraphs: unknown = JSON.parse(readFileSync(new URL('subgraphs.json', folder), 'utf8'));
  const files = filesOf(subgraphs, name);
  return parse(files.map((file) => readFileSync(new URL(file, folder), 'utf8')).join('\n'));
}

function filesOf(subgraphs: unknown, name: string): string[] {
  const entry =
    typeof subgraphs === 'object' && subgraphs !== null
      ? Object.entries(subgraphs).find(([key]) => key === name)
      : undefined;
  const files: unknown = entry?.[1]?.files;
  if (Array.isArray(files) && files.every((file) => typeof file === 'string')) return files;
  throw new Error(`schema/subgraphs.json lists no files for the subgraph ${name}`);
}
