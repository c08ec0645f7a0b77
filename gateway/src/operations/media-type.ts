const JSON_TYPE = 'application/json';
const GRAPHQL_TYPE = 'application/graphql-response+json';

/** The media type of an answer by the request's `Accept` header (GraphQL over HTTP); undefined when neither will do. */
export function mediaTypeFor(accept: string | undefined): string | undefined {
  if (accept === undefined || accept === '*/*' || accept === JSON_TYPE) return withCharset(JSON_TYPE);
  const ranges = accept.split(',').map(readRange);
  const json = qualityOf(JSON_TYPE, ranges);
  const graphql = qualityOf(GRAPHQL_TYPE, ranges);
  if (json.quality === 0 && graphql.quality === 0) return undefined;
  const isGraphql =
    graphql.quality > json.quality || (graphql.quality === json.quality && graphql.position < json.position);
  return withCharset(isGraphql ? GRAPHQL_TYPE : JSON_TYPE);
}

type Range = { type: string; quality: number };

function readRange(text: string): Range {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const q = parameters.find((parameter) => parameter.startsWith('q='));
  const quality = q === undefined ? 1 : Number(q.slice(2));
  return { type, quality: Number.isFinite(quality) ? quality : 0 };
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

const withCharset = (type: string) => `${type}; charset=utf-8`;
