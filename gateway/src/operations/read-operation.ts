import { hash } from 'node:crypto';
import type { HttpRequest } from './http-request.ts';

/** What a request asks for. */
export type Operation = {
  /** Undefined when a client sends the hash only (automatic persisted queries). */
  readonly query: string | undefined;
  /** SHA-256 of the query in hex, as automatic persisted queries have it. */
  readonly hash: string;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
};

/** Content types with which a browser sends a request to another site without asking first. */
const UNASKED = /^\s*(application\/x-www-form-urlencoded|multipart\/form-data|text\/plain)\s*(;|$)/i;

/**
 * Reads the operation of an ordinary, well-formed request. Undefined for everything else (a landing page, a batch, a
 * forged request, anything malformed), which is Apollo Server's to answer in its own words.
 */
export function readOperation(request: HttpRequest): Operation | undefined {
  if (!isPreflighted(request)) return undefined;
  const fields = request.method === 'POST' ? request.body : readSearch(request.search);
  if (!isRecord(fields)) return undefined;
  const { query, operationName = null, variables = null, extensions = null } = fields;
  if (query !== undefined && (typeof query !== 'string' || query === '')) return undefined;
  if (operationName !== null && typeof operationName !== 'string') return undefined;
  if (variables !== null && !isRecord(variables)) return undefined;
  if (extensions !== null && !isRecord(extensions)) return undefined;
  const digest = digestOf(query, extensions?.persistedQuery);
  if (digest === undefined) return undefined;
  return { query, hash: digest, operationName: operationName ?? undefined, variables: variables ?? {} };
}

function digestOf(query: string | undefined, persisted: unknown): string | undefined {
  const claimed = readPersisted(persisted);
  if (query === undefined) return claimed;
  const digest = hash('sha256', query, 'hex');
  // A query under another's hash must be refused, and not be looked up.
  return persisted === undefined || claimed === digest ? digest : undefined;
}

function readPersisted(persisted: unknown): string | undefined {
  if (!isRecord(persisted) || persisted.version !== 1) return undefined;
  const { sha256Hash } = persisted;
  return typeof sha256Hash === 'string' && /^[0-9a-f]{64}$/.test(sha256Hash) ? sha256Hash : undefined;
}

/** Cross-site request forgery needs a request that browsers send unasked (the rule of Apollo Server's prevention). */
function isPreflighted({ headers }: HttpRequest): boolean {
  const type = headers['content-type'];
  if (type !== undefined && !UNASKED.test(type)) return true;
  return Boolean(headers['x-apollo-operation-name']) || Boolean(headers['apollo-require-preflight']);
}

function readSearch(search: string): Record<string, unknown> | undefined {
  const parameters = new URLSearchParams(search);
  const fields: Record<string, unknown> = {};
  for (const name of ['query', 'operationName', 'variables', 'extensions']) {
    const values = parameters.getAll(name);
    if (values.length > 1) return undefined;
    if (values[0] !== undefined) fields[name] = values[0];
  }
  try {
    if (typeof fields.variables === 'string') fields.variables = JSON.parse(fields.variables);
    if (typeof fields.extensions === 'string') fields.extensions = JSON.parse(fields.extensions);
  } catch {
    return undefined;
  }
  return fields;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
