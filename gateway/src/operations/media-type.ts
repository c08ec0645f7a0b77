import { LRUCache } from 'lru-cache';
import type { IncrementalSpec } from '../plan/incremental-format.ts';

const JSON_TYPE = 'application/json';
const GRAPHQL_TYPE = 'application/graphql-response+json';

export type MediaType = 'application/json; charset=utf-8' | 'application/graphql-response+json; charset=utf-8';

/** The few `Accept` headers that clients send, so that none is read twice. */
const read = new LRUCache<string, { type: MediaType | undefined }>({ max: 200 });
const MAX_LENGTH = 1_000;

/** The media type of an answer by the request's `Accept` header (GraphQL over HTTP); undefined when neither will do. */
export function mediaTypeFor(accept: string | undefined): MediaType | undefined {
  if (accept === undefined || accept === '*/*' || accept === JSON_TYPE) return 'application/json; charset=utf-8';
  const known = read.get(accept);
  if (known) return known.type;
  const type = choose(accept);
  if (accept.length <= MAX_LENGTH) read.set(accept, { type });
  return type;
}

/** The form in which a client takes an answer in parts: the one that it likes best, and of several the first. */
export function partsFor(accept: string | undefined): IncrementalSpec | undefined {
  if (accept === undefined || !accept.includes('multipart/mixed')) return undefined;
  let best: { spec: IncrementalSpec; quality: number } | undefined;
  for (const { type, parameters, quality } of accept.split(',').map(readRange)) {
    const spec = type === 'multipart/mixed' ? specOf(parameters) : undefined;
    if (spec && quality > (best?.quality ?? 0)) best = { spec, quality };
  }
  return best?.spec;
}

function specOf(parameters: readonly string[]): IncrementalSpec | undefined {
  for (const parameter of parameters) {
    const [name, value] = parameter.replaceAll('"', '').split('=');
    if (name === 'deferspec' && value === '20220824') return value;
    if (name === 'incrementalspec' && value === 'v0.2') return value;
  }
  return undefined;
}

function choose(accept: string): MediaType | undefined {
  // An empty list says as little as none.
  if (/^[\s,]*$/.test(accept)) return 'application/json; charset=utf-8';
  const ranges = accept.split(',').map(readRange);
  const json = qualityOf(JSON_TYPE, ranges);
  const graphql = qualityOf(GRAPHQL_TYPE, ranges);
  if (json.quality === 0 && graphql.quality === 0)
    // Whoever takes parts only still has to be told what has none.
    return partsFor(accept) && 'application/json; charset=utf-8';
  const isGraphql =
    graphql.quality > json.quality || (graphql.quality === json.quality && graphql.position < json.position);
  return isGraphql ? 'application/graphql-response+json; charset=utf-8' : 'application/json; charset=utf-8';
}

type Range = { type: string; parameters: readonly string[]; quality: number };

function readRange(text: string): Range {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const q = parameters.find((parameter) => parameter.startsWith('q='));
  const quality = q === undefined ? 1 : Number(q.slice(2));
  return { type, parameters, quality: Number.isFinite(quality) ? quality : 0 };
}

/** By the most specific range that matches (RFC 9110, 12.5.1), and where it stood. */
function qualityOf(type: string, ranges: readonly Range[]): { quality: number; position: number } {
  for (const pattern of [type, 'application/*', '*/*']) {
    const position = ranges.findIndex((range) => range.type === pattern);
    const quality = ranges[position]?.quality;
    if (quality !== undefined) return { quality, position };
  }
  return { quality: 0, position: ranges.length };
}
