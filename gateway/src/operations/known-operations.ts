import { hash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DocumentNode, Kind, parse, print, type SelectionSetNode, separateOperations, visit } from 'graphql';
import { z } from 'zod';

/** The operations that clients are known to send. */
export type KnownOperations = {
  readonly names: readonly string[];
  /** The document that a client names by this id. */
  textOf(id: string): string | undefined;
  /** Whether this is one of the known documents, however it is laid out. */
  has(document: DocumentNode): boolean;
};

/** As Apollo's and Relay's tools write them: operations with ids, or texts by id. */
const Manifest = z.union([
  z.object({ operations: z.array(z.object({ id: z.string(), body: z.string() })) }),
  z.record(z.string(), z.string()),
]);

/**
 * Reads a folder's `*.graphql` files and `*.json` manifests of persisted documents; nothing is known when there is no such folder.
 * @throws Error for a file that is neither
 */
export function readKnownOperations(folder: string): KnownOperations {
  const names: string[] = [];
  const texts = new Map<string, string>();
  const canonical = new Set<string>();

  const know = (document: DocumentNode, ...spellings: string[]) => {
    const printed = print(document);
    canonical.add(printed);
    for (const text of [printed, ...spellings]) texts.set(hash('sha256', text, 'hex'), text);
  };
  const knowSource = (source: string) => {
    const document = parse(source);
    know(document, source, source.trim());
    for (const operation of Object.values(separateOperations(document))) {
      know(operation, ...slicesOf(operation));
      know(withTypeNames(operation));
    }
    for (const definition of document.definitions)
      if (definition.kind === Kind.OPERATION_DEFINITION && definition.name) names.push(definition.name.value);
  };

  const knowFile = (file: string) => {
    const content = readFileSync(join(folder, file), 'utf8');
    if (file.endsWith('.graphql')) return knowSource(content);
    for (const [id, text] of readManifest(content)) {
      knowSource(text);
      texts.set(id, text);
    }
  };

  for (const file of filesIn(folder)) {
    try {
      knowFile(file);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`cannot read the operations in ${join(folder, file)}: ${reason}`, { cause: error });
    }
  }
  return { names, textOf: (id) => texts.get(id), has: (document) => canonical.has(print(document)) };
}

/** An operation without fragments may be named by the hash of how it stands in its file. */
function slicesOf({ definitions }: DocumentNode): string[] {
  const [{ loc } = {}, ...fragments] = definitions;
  return loc && fragments.length === 0 ? [loc.source.body.slice(loc.start, loc.end)] : [];
}

/** As Apollo Client sends it: it asks for the type of each object, so as to find it in its cache. */
function withTypeNames(document: DocumentNode): DocumentNode {
  const typeName = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } } as const;
  return visit(document, {
    SelectionSet(node, _, parent): SelectionSetNode | undefined {
      const isRoot = parent && 'kind' in parent && parent.kind === Kind.OPERATION_DEFINITION;
      const hasIt = node.selections.some(
        (selection) => selection.kind === Kind.FIELD && selection.name.value.startsWith('__'),
      );
      return isRoot || hasIt ? undefined : { ...node, selections: [...node.selections, typeName] };
    },
  });
}

function readManifest(content: string): [string, string][] {
  const { data, error } = Manifest.safeParse(JSON.parse(content));
  if (error) throw new Error(`this is no manifest of persisted documents: ${z.prettifyError(error)}`);
  const { operations } = data;
  return Array.isArray(operations) ? operations.map(({ id, body }) => [id, body]) : Object.entries(data);
}

function filesIn(folder: string): string[] {
  try {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    return files.filter((file) => file.endsWith('.graphql') || file.endsWith('.json'));
  } catch {
    // Somebody else's graph has no list: all of its operations are counted as `other`.
    return [];
  }
}
