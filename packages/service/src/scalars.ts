import { isCurrency } from '@entrepot/money/money';
import { GraphQLError, GraphQLScalarType, Kind, print } from 'graphql';
import { isCountry } from './countries.ts';

/** RFC 3339 with the time zone told, to the millisecond. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;
/** So much of a wrong value is repeated to whoever sent it. */
const MAX_SHOWN = 60;
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
  const parse = (value: unknown, given: string) => {
    if (typeof value === 'string') return read(value);
    throw bad(`${name} is written as a string, not as ${given.slice(0, MAX_SHOWN)}`);
  };
  return new GraphQLScalarType<T, string>({
    name,
    serialize: write,
    parseValue: (value) => parse(value, typeof value === 'object' ? 'an object or a list' : String(value)),
    parseLiteral: (node) => parse(node.kind === Kind.STRING ? node.value : undefined, print(node)),
  });
}

/** A number on its way out would be a float that somebody calculated with. */
function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new TypeError(`a resolver returned ${typeof value} for a scalar that is text`);
}

const quoted = (text: string) => JSON.stringify(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text);

const DateTime = textScalar(
  'DateTime',
  (text) => {
    const date = INSTANT.test(text) && isDay(text.slice(0, 10)) ? new Date(text) : undefined;
    if (date && !Number.isNaN(date.getTime())) return date;
    throw bad(`${quoted(text)} is no instant such as "2026-01-31T12:00:00.000Z"`);
  },
  (value) => (value instanceof Date ? value.toISOString() : asText(value)),
);

/** `new Date` takes the 30th of February for the 2nd of March. */
function isDay(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

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
