import { Fault } from '@entrepot/kernel/fault';
import { type DocumentNode, GraphQLError, Kind, type OperationTypeNode, parse } from 'graphql';
import { LRUCache } from 'lru-cache';
import { type ScanLimits, scanDocument } from '../limits/scan-document.ts';
import type { KnownOperations } from './known-operations.ts';
import { createPersistedQueries } from './persisted-queries.ts';
import type { Operation } from './read-operations.ts';
import { RequestErrors } from './request-errors.ts';
import type { SharedQueries } from './shared-queries.ts';

/** A document as it was parsed, with what is known of it without its schema. */
export type Document = {
  /** SHA-256 of its text in hex. */
  readonly hash: string;
  readonly text: string;
  readonly node: DocumentNode;
  readonly operations: readonly Described[];
};
export type Described = { readonly name: string | undefined; readonly type: `${OperationTypeNode}` };

export type Documents = {
  /** Finds out what other gateways know of the operation; undefined, at once, when there is nothing to find out. */
  learn(operation: Operation): Promise<void> | undefined;
  /**
   * The document that an operation names or brings along.
   * @throws Fault for one that is not trusted or too large; RequestErrors for one that is not known or has a syntax error
   */
  find(operation: Operation): Document;
};

export type DocumentOptions = {
  /** Of what is parsed at all. */
  limits: ScanLimits;
  /** Throws when the document asks for too much. */
  check: (document: DocumentNode) => void;
  known: KnownOperations;
  /** Whether only known operations are executed. */
  isTrustedOnly: boolean;
  /** Undefined when no other gateway shares queries with this one. */
  shared: SharedQueries | undefined;
};

const MAX_DOCUMENTS = 5_000;
/** Of text in all; parsed, it takes some fifty times as much. */
const MAX_LENGTH = 2 * 1024 * 1024;

/** Looks at each document once, before anything costly is done with it, and remembers what it saw. */
export function createDocuments(options: DocumentOptions): Documents {
  const { limits, check, known, isTrustedOnly } = options;
  const shared = isTrustedOnly ? undefined : options.shared;
  const seen = new LRUCache<string, Document>({
    max: MAX_DOCUMENTS,
    maxSize: MAX_LENGTH,
    maxEntrySize: MAX_LENGTH,
    sizeCalculation: ({ text }) => text.length + 1,
  });
  const persisted = createPersistedQueries();

  const textOf = ({ query, id }: Operation): string => {
    const text = query ?? known.textOf(id) ?? persisted.get(id);
    if (text !== undefined) return text;
    if (isTrustedOnly) throw untrusted();
    // Some clients go by the message, which is Apollo's.
    const notFound = { message: 'PersistedQueryNotFound', extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } };
    throw new RequestErrors([notFound]);
  };

  const learn = async (id: string, { find }: SharedQueries): Promise<void> => {
    const text = await find(id);
    if (text !== undefined) persisted.set(id, text);
  };

  return {
    learn({ query, id }) {
      if (query !== undefined || !shared || known.textOf(id) !== undefined || persisted.has(id)) return undefined;
      return learn(id, shared);
    },
    find(operation) {
      const { id, isPersisted } = operation;
      // Whoever sends text and hash wants the hash to be known, also where the text is known already.
      const found = seen.get(id);
      if (found && (!isPersisted || persisted.has(id))) return found;
      const text = textOf(operation);
      const document = found ?? look(id, text, limits);
      if (!found) {
        check(document.node);
        if (isTrustedOnly && !known.has(document.node)) throw untrusted();
        seen.set(id, document);
      }
      if (isPersisted && !isTrustedOnly) {
        persisted.set(id, text);
        shared?.keep(id, text);
      }
      return document;
    },
  };
}

function look(hash: string, text: string, limits: ScanLimits): Document {
  const node = parseBounded(text, limits);
  return { hash, text, node, operations: operationsIn(node) };
}

export const operationsIn = ({ definitions }: DocumentNode): readonly Described[] =>
  definitions.flatMap((definition) =>
    definition.kind === Kind.OPERATION_DEFINITION ? [{ name: definition.name?.value, type: definition.operation }] : [],
  );

function parseBounded(text: string, limits: ScanLimits): DocumentNode {
  scanDocument(text, limits);
  try {
    return parse(text, { maxTokens: limits.maxTokens, noLocation: true });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    const { message, locations } = error;
    throw new RequestErrors([
      { message, ...(locations && { locations }), extensions: { code: 'GRAPHQL_PARSE_FAILED' } },
    ]);
  }
}

const untrusted = () => new Fault('UNTRUSTED_DOCUMENT', 'only operations that are known beforehand are executed here');

/** @throws Fault when the document does not say which operation is meant */
export function operationOf({ operations }: Document, operationName: string | undefined): Described {
  const named = operationName === undefined ? operations : operations.filter(({ name }) => name === operationName);
  const [operation, other] = named;
  if (operation && !other) return operation;
  const message =
    operations.length === 0
      ? 'the document has no operation'
      : operationName === undefined
        ? 'the document has several operations: say which in operationName'
        : 'the document has no operation of this operationName';
  throw new Fault('OPERATION_RESOLUTION_FAILURE', message);
}
