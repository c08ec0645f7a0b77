import type { IncomingHttpHeaders } from 'node:http';
import { type DocumentNode, Kind } from 'graphql';
import type { Priority } from './admission.ts';

type Asked = {
  readonly type: 'query' | 'mutation' | 'subscription';
  readonly name: string | undefined;
  readonly document: DocumentNode;
  readonly headers: IncomingHttpHeaders;
};

export type Priorities = {
  of(asked: Asked): Priority;
  /** Whether a request could be more than browsing, by a look at the bytes of its body and nothing more. */
  mayBeCheckout(body: Buffer): boolean;
};

/** The least urgent that a client can call its own request (RFC 9218); nobody can make themselves more urgent. */
const BACKGROUND = /(^|[,\s])u=7($|[,;\s])/;

/** What changes something is checkout, and so are the queries of these names; the schema's own questions can wait. */
export function createPriorities(checkoutOperations: readonly string[]): Priorities {
  const names = new Set(checkoutOperations);
  const marks = ['mutation', ...names].map((text) => Buffer.from(text));
  return {
    of({ type, name, document, headers }) {
      if (type === 'mutation') return 'checkout';
      const { priority } = headers;
      if (typeof priority === 'string' && BACKGROUND.test(priority)) return 'background';
      if (name !== undefined && names.has(name)) return 'checkout';
      return isAboutSchema(document, name) ? 'background' : 'browse';
    },
    mayBeCheckout(body) {
      // A document that is known by its hash alone does not show what it is.
      return !body.includes('"query"') || marks.some((mark) => body.includes(mark));
    },
  };
}

const SCHEMA_FIELDS = new Set(['__schema', '__type']);

function isAboutSchema({ definitions }: DocumentNode, name: string | undefined): boolean {
  const operation = definitions.find(
    (definition) => definition.kind === Kind.OPERATION_DEFINITION && (!name || definition.name?.value === name),
  );
  if (operation?.kind !== Kind.OPERATION_DEFINITION) return false;
  return operation.selectionSet.selections.every(
    // Not __typename, which is what health checks ask for.
    (selection) => selection.kind === Kind.FIELD && SCHEMA_FIELDS.has(selection.name.value),
  );
}
