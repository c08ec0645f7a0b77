import { hash } from 'node:crypto';
import { Fault } from '@entrepot/kernel/fault';

/** Everything an answer depends on beside who asks. */
export type Question = {
  /** Of the supergraph. */
  readonly generation: string;
  /** SHA-256 of the query. */
  readonly document: string;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
  /** What of it is denied to whoever asks: they share answers with those only to whom the same is. */
  readonly denied: string;
};

const MAX_VARIABLE_DEPTH = 64;

export type Keys = {
  /** Of the answer for everybody. */
  shared(): string;
  /** Of the answer for a viewer alone, as their audience names them. */
  of(own: string): string;
};

/** A question that is asked again as the same object has its keys already: making them costs more than finding an answer. */
const known = new WeakMap<Question, Keys>();

/** The keys of a question's answers. */
export function createKeys(question: Question): Keys {
  const keys = known.get(question) ?? makeKeys(question);
  known.set(question, keys);
  return keys;
}

function makeKeys({ generation, document, operationName, variables, denied }: Question): Keys {
  // The variables are JSON without line breaks, and the name comes last: no two questions make the same text.
  const question = `${generation}\n${document}\n${denied}\n${canonical(variables, 0)}\n${operationName ?? ''}`;
  let shared: string | undefined;
  return {
    shared: () => (shared ??= hash('sha256', `public\n${question}`, 'base64url')),
    of: (own) => hash('sha256', `${own}\n${question}`, 'base64url'),
  };
}

/** JSON with the keys of each object in order, so that equal values make equal text. */
function canonical(value: unknown, depth: number): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (depth >= MAX_VARIABLE_DEPTH)
    throw new Fault('INVALID_ARGUMENT', `the variables are nested more than ${MAX_VARIABLE_DEPTH} levels deep`);
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item, depth + 1)).join(',')}]`;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member, depth + 1)}`).join(',')}}`;
}
