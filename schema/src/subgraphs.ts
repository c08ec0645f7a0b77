import { concatAST, type DocumentNode, parse, Source } from 'graphql';

/** The SDL of one service, in the files it is made of; locations in the document point into those files. */
export type Subgraph = {
  readonly name: string;
  readonly url: string;
  readonly document: DocumentNode;
};

/** Reads a file by its path inside the schema folder. */
export type ReadFile = (path: string) => string;

/** The list of subgraphs and their files, relative to the schema folder. */
export const SUBGRAPHS_FILE = 'subgraphs.json';

/** Every subgraph named in `subgraphs.json`, parsed; a file with broken syntax throws its GraphQLError. */
export function readSubgraphs(read: ReadFile, folder = 'schema'): readonly Subgraph[] {
  return Object.entries(parseList(read(SUBGRAPHS_FILE)))
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, { url, files }]) => ({
      name,
      url,
      document: concatAST(files.map((file) => parse(new Source(read(file), `${folder}/${file}`)))),
    }));
}

type Entry = { url: string; files: readonly string[] };

function parseList(text: string): Record<string, Entry> {
  const list: unknown = JSON.parse(text);
  if (!isRecord(list)) throw new Error(`${SUBGRAPHS_FILE} is not an object of subgraphs`);
  return Object.fromEntries(Object.entries(list).map(([name, entry]) => [name, parseEntry(name, entry)]));
}

function parseEntry(name: string, entry: unknown): Entry {
  if (isRecord(entry) && typeof entry.url === 'string' && Array.isArray(entry.files)) {
    const files = entry.files.filter((file) => typeof file === 'string');
    if (files.length > 0 && files.length === entry.files.length) return { url: entry.url, files };
  }
  throw new Error(`${SUBGRAPHS_FILE}: "${name}" needs a "url" and a list of "files"`);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
