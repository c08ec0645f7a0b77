import { isCurrency } from '@entrepot/money/money';
import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';
import { isCountry } from './countries.ts';

/** RFC 3339 with the time zone told, to the millisecond. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;
const DECIMAL = /^-?\d{1,19}(?:\.\d{1,9})?$/;

function bad(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT' } });
}

/** A scalar that is text on the wire, checked by `read` on the way in. */
function textScalar<T>(
  name: string,
  read: (text: string) => T,
  write: (value: unknown) => string,
): GraphQLScalarType<T, string> {
  const parse = (value: unknown) => {
    if (typeof value !== 'string') throw bad(`${name} is written as a string, not as ${JSON.stringify(value)}`);
    return read(value);
  };
  return new GraphQLScalarType<T, string>({
    name,
    serialize: write,
    parseValue: parse,
    parseLiteral: (node) => parse(node.kind === Kind.STRING ? node.value : undefined),
  });
}

const asText = (value: unknown) => String(value);
const quoted = (text: string) => JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);

const DateTime = textScalar(
  'DateTime',
  (text) => {
    const date = INSTANT.test(text) ? new Date(text) : undefined;
    if (date && !Number.isNaN(date.getTime())) return date;
    throw bad(`${quoted(text)} is no instant such as "2026-01-31T12:00:00.000Z"`);
  },
  (value) => (value instanceof Date ? value.toISOString() : asText(value)),
);

const CurrencyCode = textScalar(
  'CurrencyCode',
  (text) => {
    if (isCurrency(text)) return text;
    throw bad(`${quoted(text)} is no currency of ISO 4217, such as "GBP"`);
  },
  asText,
);

const Decimal = textScalar(
  'Decimal',
  (text) => {
    if (DECIMAL.test(text)) return text;
    throw bad(`${quoted(text)} is no decimal number such as "12.50"`);
  },
  asText,
);

const CountryCode = textScalar(
  'CountryCode',
  (text) => {
    if (isCountry(text)) return text;
    throw bad(`${quoted(text)} is no country of ISO 3166-1 alpha-2, such as "GB"`);
  },
  asText,
);

/** The resolvers of the scalars that all subgraphs share; take those that the subgraph's SDL has. */
export const scalars = { DateTime, CurrencyCode, Decimal, CountryCode };
