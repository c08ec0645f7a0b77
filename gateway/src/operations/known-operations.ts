import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Kind, parse } from 'graphql';

/** The names of the operations in a folder's `*.graphql` files; none when there is no such folder. */
export function readKnownOperations(folder: string): string[] {
  return filesIn(folder).flatMap((file) =>
    parse(readFileSync(join(folder, file), 'utf8')).definitions.flatMap((definition) =>
      definition.kind === Kind.OPERATION_DEFINITION && definition.name ? [definition.name.value] : [],
    ),
  );
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.graphql'));
  } catch {
    // Somebody else's graph has no list: all of its operations are counted as `other`.
    return [];
  }
}
