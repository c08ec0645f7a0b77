import { readdirSync, readFileSync } from 'node:fs';
import { Kind, parse } from 'graphql';

const folder = new URL('../../../schema/operations/', import.meta.url);

/** The names of the operations in `schema/operations/`: what storefront and back office are known to send. */
export function knownOperations(): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.graphql'));
  return files.flatMap((file) =>
    parse(readFileSync(new URL(file, folder), 'utf8')).definitions.flatMap((definition) =>
      definition.kind === Kind.OPERATION_DEFINITION && definition.name ? [definition.name.value] : [],
    ),
  );
}
