import { type GraphQLLeafType, isEnumType } from 'graphql';
import { putAscii, putBytes, putPlain, putQuoted, putText } from './answer-bytes.ts';
import { toJson } from './quote.ts';
import { otherwise, type Write } from './shaping.ts';

const MAX_INT = 2_147_483_647;

/** Compiles what checks and writes a scalar or an enum value. Custom scalars are any JSON: only subgraphs know them. */
export function compileLeaf(type: GraphQLLeafType, isNullable: boolean, depth: number): Write {
  const other = otherwise(isNullable, depth);
  if (isEnumType(type)) {
    // Only the values of the API: what is @inaccessible stays inside.
    const texts = new Map<unknown, Buffer>(type.getValues().map(({ name }) => [name, Buffer.from(`"${name}"`)]));
    return (value, shaping) => {
      const text = texts.get(value);
      if (!text) return other(value, shaping);
      putBytes(text);
      return true;
    };
  }
  switch (type.name) {
    case 'String':
      return (value, shaping) => {
        if (typeof value !== 'string') return other(value, shaping);
        if (shaping.isPlain) putPlain(value);
        else putQuoted(value);
        return true;
      };
    case 'ID':
      return (value, shaping) => {
        if (typeof value === 'string') (shaping.isPlain ? putPlain : putQuoted)(value);
        else if (Number.isSafeInteger(value)) putAscii(`"${value}"`);
        else return other(value, shaping);
        return true;
      };
    case 'Int':
      return (value, shaping) => {
        if (!isInt(value)) return other(value, shaping);
        putAscii(`${value}`);
        return true;
      };
    case 'Float':
      return (value, shaping) => {
        if (typeof value !== 'number') return other(value, shaping);
        putAscii(toJson(value));
        return true;
      };
    case 'Boolean':
      return (value, shaping) => {
        if (typeof value !== 'boolean') return other(value, shaping);
        putAscii(value ? 'true' : 'false');
        return true;
      };
    default:
      return (value, shaping) => {
        if (value === null || value === undefined) return other(value, shaping);
        putText(toJson(value));
        return true;
      };
  }
}

const isInt = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value <= MAX_INT && value >= -MAX_INT - 1;
