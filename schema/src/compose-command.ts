import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { composeSupergraph } from './compose.ts';
import { readSubgraphs } from './subgraphs.ts';

/** `npm run schema:compose`: writes the supergraph of the subgraphs' SDL, for the commit. */
function main(): number {
  const folder = resolve(import.meta.dirname, '..');
  const composition = composeSupergraph(readSubgraphs((path) => readFileSync(join(folder, path), 'utf8')));
  if (!composition.ok) {
    for (const { message } of composition.errors) console.error(message);
    console.error('The subgraphs do not compose: schema/supergraph.graphql was left as it is.');
    return 1;
  }
  writeFileSync(join(folder, 'supergraph.graphql'), composition.supergraph);
  console.log('wrote schema/supergraph.graphql');
  return 0;
}

try {
  process.exitCode = main();
} catch (error) {
  console.error(`cannot compose: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
