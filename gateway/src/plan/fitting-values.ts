import { isRecord } from '@entrepot/kernel/is-record';
import {
  type GraphQLInputObjectType,
  type GraphQLInputType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql';
import { isInherited } from '../execute/tree.ts';

/** Whether a value is just what coercion would make of it. Of any other, coercion has to tell whether it is right at all. */
export type Fits = (value: unknown) => boolean;

/** Compiles a type into what looks at values of it: most are as they should be, and to coerce them costs several times as much. */
export function compileFit(type: GraphQLInputType): Fits {
  return compile(type, new Map());
}

type Known = Map<GraphQLInputObjectType, Fits>;

function compile(declared: GraphQLInputType, known: Known): Fits {
  const isNullable = !isNonNullType(declared);
  const type = isNonNullType(declared) ? declared.ofType : declared;
  const fits = compileNamed(type, known);
  return (value) => (value === null ? isNullable : value !== undefined && fits(value));
}

function compileNamed(type: GraphQLInputType, known: Known): Fits {
  if (isListType(type)) {
    const fits = compile(type.ofType, known);
    return (value) => Array.isArray(value) && value.every(fits);
  }
  if (isInputObjectType(type)) return findObject(type, known);
  if (isNonNullType(type)) return () => false;
  return (value) => {
    try {
      return type.parseValue(value) === value;
    } catch {
      // Coercion says what is wrong with it.
      return false;
    }
  };
}

/** Input objects may be within themselves. */
function findObject(type: GraphQLInputObjectType, known: Known): Fits {
  let fits = known.get(type);
  if (!fits) {
    let compiled: Fits | undefined;
    fits = (value) => {
      compiled ??= compileObject(type, known);
      return compiled(value);
    };
    known.set(type, fits);
  }
  return fits;
}

function compileObject(type: GraphQLInputObjectType, known: Known): Fits {
  const fields = Object.values(type.getFields()).map((field) => ({
    name: field.name,
    mayLack: field.defaultValue === undefined && !isNonNullType(field.type),
    fits: compile(field.type, known),
  }));
  if (type.isOneOf || fields.some(({ name }) => isInherited(name))) return () => false;
  return (value) => {
    if (!isRecord(value)) return false;
    let given = 0;
    for (const { name, mayLack, fits } of fields) {
      const inner = value[name];
      if (inner === undefined) {
        if (!mayLack) return false;
        continue;
      }
      if (!fits(inner)) return false;
      given++;
    }
    // What the type does not have is wrong.
    for (const _ in value) given--;
    return given === 0;
  };
}
