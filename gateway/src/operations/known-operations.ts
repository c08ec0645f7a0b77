import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Kind, parse } from 'graphql';

/** The names of the operations in the folder `operations` beside the supergraph: what metrics tell apart. */
export function knownOperations(supergraphFile: string): string[] {
  const folder = join(dirname(supergraphFile), 'operations');
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.graphql'));
  return files.flatMap((file) =>
    parse(readFileSync(join(folder, file), 'utf8')).definitions.flatMap((definition) =>
      definition.kind === Kind.OPERATION_DEFINITION && definition.name ? [definition.name.value] : [],
    ),
  );
}
