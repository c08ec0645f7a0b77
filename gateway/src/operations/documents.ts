import { Fault } from '@entrepot/kernel/fault';
import { type DocumentNode, GraphQLError, Kind, type OperationTypeNode, parse } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Operation } from './read-operation.ts';

/** What is known of an operation without its schema. */
export type Described = { readonly name: string | undefined; readonly type: `${OperationTypeNode}` };

export type Documents = {
  /** Undefined for what cannot be told: no such operation, a syntax error, a hash that was never seen with its text. */
  describe(operation: Operation): Described | undefined;
};

export type DocumentOptions = {
  maxTokens: number;
  /** Throws when the document asks for too much. */
  check: (document: DocumentNode) => void;
};

const MAX_DOCUMENTS = 5_000;

/** Looks at each document once, before anything costly is done with it, and remembers what it saw. */
export function createDocuments({ maxTokens, check }: DocumentOptions): Documents {
  const seen = new LRUCache<string, readonly Described[]>({ max: MAX_DOCUMENTS });

  const look = ({ query, hash }: Operation): readonly Described[] | undefined => {
    const known = seen.get(hash);
    if (known || query === undefined) return known;
    const document = parseBounded(query, maxTokens);
    if (!document) return undefined;
    check(document);
    const described = document.definitions.flatMap((definition) =>
      definition.kind === Kind.OPERATION_DEFINITION
        ? [{ name: definition.name?.value, type: definition.operation }]
        : [],
    );
    seen.set(hash, described);
    return described;
  };

  return {
    describe(operation) {
      const operations = look(operation);
      const { operationName } = operation;
      if (operationName !== undefined) return operations?.find(({ name }) => name === operationName);
      return operations?.length === 1 ? operations[0] : undefined;
    },
  };
}

function parseBounded(query: string, maxTokens: number): DocumentNode | undefined {
  try {
    return parse(query, { maxTokens, noLocation: true });
  } catch (error) {
    if (error instanceof GraphQLError && error.message.includes('tokens. Parsing aborted'))
      throw new Fault('OPERATION_TOO_LARGE', `the operation has more than ${maxTokens} tokens`, { cause: error });
    return undefined;
  }
}
