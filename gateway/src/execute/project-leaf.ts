import { type GraphQLLeafType, isEnumType } from 'graphql';
import { quote, toJson } from './quote.ts';
import { otherwise, type Write } from './shaping.ts';

const MAX_INT = 2_147_483_647;

/** Compiles what checks and writes a scalar or an enum value. Custom scalars are any JSON: only subgraphs know them. */
export function compileLeaf(type: GraphQLLeafType, isNullable: boolean, depth: number): Write {
  const other = otherwise(isNullable, depth);
  if (isEnumType(type)) {
    // Only the values of the API: what is @inaccessible stays inside.
    const texts = new Map<unknown, string>(type.getValues().map(({ name }) => [name, JSON.stringify(name)]));
    return (value, shaping) => texts.get(value) ?? other(value, shaping);
  }
  switch (type.name) {
    case 'String':
      return (value, shaping) => (typeof value === 'string' ? quote(value) : other(value, shaping));
    case 'ID':
      return (value, shaping) => {
        if (typeof value === 'string') return quote(value);
        return Number.isSafeInteger(value) ? `"${value}"` : other(value, shaping);
      };
    case 'Int':
      return (value, shaping) => (isInt(value) ? `${value}` : other(value, shaping));
    case 'Float':
      return (value, shaping) => (typeof value === 'number' ? toJson(value) : other(value, shaping));
    case 'Boolean':
      return (value, shaping) => (typeof value === 'boolean' ? `${value}` : other(value, shaping));
    default:
      return (value, shaping) => (value === null || value === undefined ? other(value, shaping) : toJson(value));
  }
}

const isInt = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value <= MAX_INT && value >= -MAX_INT - 1;
