import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import { parseJson } from '@entrepot/http/body';
import { Fault } from '@entrepot/kernel/fault';
import { isRecord } from '@entrepot/kernel/is-record';
import { LRUCache } from 'lru-cache';
import { checkVariables, type VariableLimits } from '../limits/variable-limits.ts';
import type { Incoming } from './http-request.ts';

/** What is asked for, once. */
export type Operation = {
  /** Undefined when a client sends only what it is known by. */
  readonly query: string | undefined;
  /** SHA-256 of the query in hex, or whatever else the client names its document by. */
  readonly id: string;
  /** A client that claims a hash for its query wants to send the hash alone the next time (automatic persisted queries). */
  readonly isPersisted: boolean;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
  /** For plugins. */
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
};

/** What one request asks for: one operation, or several in an array. */
export type Asked = { readonly isBatch: boolean; readonly operations: readonly Operation[] };
export type ReadLimits = { readonly maxBatch: number; readonly variables: VariableLimits };
export type ReadOperations = {
  (incoming: Incoming): Asked;
  /** The one operation of a request that has been read before in the same words; undefined for all else. */
  again(incoming: Pick<Incoming, 'method' | 'headers' | 'bytes' | 'search'>): Operation | undefined;
};

const JSON_TYPE = /^\s*application\/json\s*(;|$)/i;
const CHARSET = /;\s*charset\s*=\s*"?([^\s";]*)/i;
const UTF8 = /^utf-?8$/i;
const MAX_REMEMBERED_BYTES = 32 * 1024 * 1024;
const MAX_REMEMBERED_LENGTH = 32 * 1024;

/**
 * Reads what a request asks for. @throws Fault for what is no well-formed GraphQL request
 *
 * What has the same text means the same, so that a question that is asked again is neither parsed nor hashed again: both cost
 * more than finding its kept answer.
 */
export function createReader(limits: ReadLimits): ReadOperations {
  const remembered = new LRUCache<string, Asked>({
    maxSize: MAX_REMEMBERED_BYTES,
    maxEntrySize: MAX_REMEMBERED_BYTES / 8,
    sizeCalculation: (_, text) => 4 * text.length + 600,
  });
  const read = (incoming: Incoming): Asked => {
    refuseForged(incoming);
    const { method, bytes, search } = incoming;
    const text = wordsOf(incoming);
    const known = remembered.get(text);
    if (known) return known;
    const asked = readFields(method === 'POST' ? parseBody(bytes) : readSearch(search), limits);
    if (text.length <= MAX_REMEMBERED_LENGTH) remembered.set(text, asked);
    return asked;
  };
  const again: ReadOperations['again'] = (incoming) => {
    if (incoming.bytes.length > MAX_REMEMBERED_LENGTH || isForged(incoming.method, incoming.headers)) return undefined;
    const known = remembered.get(wordsOf(incoming));
    return known?.isBatch === false ? known.operations[0] : undefined;
  };
  return Object.assign(read, { again });
}

/** As latin1 the text is only its bytes, which is all that is compared; what a GET asks begins with a letter that latin1 lacks. */
const wordsOf = ({ method, bytes, search }: Pick<Incoming, 'method' | 'bytes' | 'search'>): string =>
  method === 'POST' ? bytes.toString('latin1') : `\u2028${search}`;

/** Parameters that JSON does not have mean nothing. */
const isJson = (type: string | undefined): boolean =>
  type === 'application/json' ||
  (type !== undefined && JSON_TYPE.test(type) && UTF8.test(CHARSET.exec(type)?.[1] ?? 'utf-8'));

/** Cross-site request forgery needs a request that browsers send unasked (the rule of Apollo Server's prevention). */
function isForged(method: Incoming['method'], headers: Incoming['headers']): boolean {
  const type = headers['content-type'];
  if (isJson(type)) return false;
  // Any other type of a GET, too: not all browsers ask first where the Fetch standard says so.
  if (method === 'POST' || type !== undefined) return true;
  return !headers['x-apollo-operation-name'] && !headers['apollo-require-preflight'];
}

function refuseForged({ method, headers }: Incoming): void {
  if (!isForged(method, headers)) return;
  if (method === 'POST' || headers['content-type'] !== undefined)
    throw new Fault('UNSUPPORTED_MEDIA_TYPE', 'the body has to be JSON in UTF-8: send content-type: application/json');
  throw badRequest('a GET needs the header apollo-require-preflight, so that no other site can make a browser send it');
}

function parseBody(bytes: Buffer): unknown {
  // Decoding would put something else in the place of what is none, and the client would not learn of it.
  if (!isUtf8(bytes)) throw new Fault('BAD_JSON', 'the body is not in UTF-8');
  return parseJson(bytes);
}

function readFields(fields: unknown, { maxBatch, variables }: ReadLimits): Asked {
  if (!Array.isArray(fields)) return { isBatch: false, operations: [readOperation(fields, variables)] };
  if (maxBatch <= 1) throw badRequest('several operations in one request are not allowed here');
  if (fields.length === 0) throw badRequest('the request has no operation');
  if (fields.length > maxBatch)
    throw badRequest(`the request has ${fields.length} operations, ${maxBatch} at most are allowed`);
  return { isBatch: true, operations: fields.map((each) => readOperation(each, variables)) };
}

function readOperation(fields: unknown, limits: VariableLimits): Operation {
  if (!isRecord(fields)) throw badRequest('the request has to be a JSON object with a query');
  const { query = null, operationName = null, variables = null, extensions = null, documentId = null } = fields;
  if (query !== null && typeof query !== 'string') throw badRequest('query has to be a string');
  if (operationName !== null && typeof operationName !== 'string') throw badRequest('operationName has to be a string');
  if (variables !== null && !isRecord(variables)) throw badRequest('variables have to be an object');
  if (variables !== null) checkVariables(variables, limits);
  if (extensions !== null && !isRecord(extensions)) throw badRequest('extensions have to be an object');
  const claimed = readClaim(documentId, extensions?.persistedQuery);
  const common = {
    // As in a GET, no name is no name.
    operationName: operationName || undefined,
    variables: variables ?? {},
    extensions: extensions ?? undefined,
  };
  if (query === null || query === '') {
    if (claimed === undefined) throw badRequest('the request has no query');
    return { ...common, query: undefined, id: claimed, isPersisted: false };
  }
  const id = hash('sha256', query, 'hex');
  // Kept under another's hash it would be that one's answer from then on.
  if (claimed !== undefined && claimed !== id && documentId === null)
    throw badRequest('the hash is not the one of the query');
  return { ...common, query, id, isPersisted: claimed === id };
}

/** By what name a client says that its document is known; as an id of Relay's and others', or Apollo's hash. */
function readClaim(documentId: unknown, persisted: unknown): string | undefined {
  if (documentId !== null) {
    if (typeof documentId !== 'string' || documentId === '') throw badRequest('documentId has to be a string');
    return documentId.replace(/^sha256:/, '');
  }
  if (persisted === undefined || persisted === null) return undefined;
  if (!isRecord(persisted) || persisted.version !== 1) throw badRequest('persistedQuery has to be of version 1');
  const { sha256Hash } = persisted;
  if (typeof sha256Hash !== 'string' || sha256Hash === '') throw badRequest('persistedQuery has no sha256Hash');
  return sha256Hash;
}

function readSearch(search: string): Record<string, unknown> {
  const parameters = new URLSearchParams(search);
  const fields: Record<string, unknown> = {};
  for (const name of ['query', 'operationName', 'variables', 'extensions', 'documentId']) {
    const values = parameters.getAll(name);
    if (values.length > 1) throw badRequest(`${name} may be given once only`);
    const value = values[0];
    if (value === undefined || value === '') continue;
    fields[name] = name === 'variables' || name === 'extensions' ? parseParameter(name, value) : value;
  }
  return fields;
}

function parseParameter(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Fault('BAD_REQUEST', `${name} are no JSON`, { cause: error });
  }
}

const badRequest = (message: string) => new Fault('BAD_REQUEST', message);
