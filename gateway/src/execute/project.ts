import {
  type FieldNode,
  type GraphQLAbstractType,
  type GraphQLFormattedError,
  type GraphQLOutputType,
  isAbstractType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type SelectionSetNode,
} from 'graphql';
import { clientNameOf } from '../plan/client-names.ts';
import { putAscii, putBytes, putText, writtenBytes } from './answer-bytes.ts';
import { type Collection, collectFields, type KnownType } from './collect-fields.ts';
import { compileLeaf } from './project-leaf.ts';
import {
  nullFrom,
  otherwise,
  refuse,
  reportMissing,
  type Shaping,
  type Write,
  writeNull,
  writeOnce,
} from './shaping.ts';
import { isInherited, isTree, readOwn, type Tree } from './tree.ts';

export type Projection = Collection & {
  /** Whether this viewer may not see a field. */
  readonly isDenied?: ((objectType: string, field: string) => boolean) | undefined;
};

/** Writes an object; returns false when it has to be null. */
export type WriteTree = (tree: Tree, shaping: Shaping) => boolean;

const NOTHING = new Uint8Array(0);
const DENIED: GraphQLFormattedError = {
  message: 'not for you to see',
  extensions: { code: 'UNAUTHORIZED_FIELD_OR_TYPE' },
};

/** Compiles selections on a type into what writes objects of it as JSON. `depth`: how long the path to them is. */
export function compileSelections(
  projection: Projection,
  type: KnownType,
  selectionSets: readonly SelectionSetNode[],
  depth: number,
): WriteTree {
  const fields = [...collectFields(projection, type, selectionSets)].map(([name, nodes]) =>
    compileField(projection, type, name, nodes, depth + 1),
  );
  if (fields.length === 0)
    return () => {
      putAscii('{}');
      return true;
    };
  const names = fields.map(({ name }) => name);
  const keys = fields.map(({ key }) => key);
  const writers = fields.map(({ write }) => write);
  const prefixes = names.map((name, index) => Buffer.from(`${index === 0 ? '{' : ','}${JSON.stringify(name)}:`));
  const isOdd = keys.some((key) => key !== undefined && isInherited(key));
  const { length } = fields;

  return (tree, shaping) => {
    const { path } = shaping;
    for (let index = 0; index < length; index++) {
      const key = keys[index];
      path[depth] = names[index] ?? '';
      let value: unknown = null;
      if (key !== undefined) {
        value = isOdd ? readOwn(tree, key) : tree[key];
        if (value === undefined) {
          if (!shaping.explained.has(tree)) reportMissing(shaping, depth + 1);
          value = null;
        }
      }
      putBytes(prefixes[index] ?? NOTHING);
      if (writers[index]?.(value, shaping) !== true) return false;
    }
    putAscii('}');
    return true;
  };
}

/** `key`: where the value is in the received object; undefined when it is not received. */
type Field = { readonly name: string; readonly key: string | undefined; readonly write: Write };

function compileField(
  projection: Projection,
  parent: KnownType,
  key: string,
  nodes: readonly FieldNode[],
  depth: number,
): Field {
  const field = nodes[0]?.name.value ?? '';
  const name = clientNameOf(key);
  if (field === '__typename') return { name, key: undefined, write: compileTypename(parent, depth) };
  if (field === '__schema' || field === '__type') return { name: key, key: undefined, write: writeIntrospection(key) };
  const type = parent.getFields()[field]?.type;
  if (!type) throw new Error(`the schema has no field ${parent.name}.${field}`);
  if (projection.isDenied?.(parent.name, field)) {
    const isNullable = !isNonNullType(type);
    const write: Write = (_, shaping) => {
      refuse(shaping, depth, DENIED);
      return isNullable && writeNull();
    };
    return { name, key: undefined, write };
  }
  const nested = nodes.flatMap(({ selectionSet }) => (selectionSet ? [selectionSet] : []));
  return { name, key, write: compileValue(projection, type, nested, depth) };
}

const writeIntrospection =
  (key: string): Write =>
  (_, { introspect }) => {
    putText(introspect(key));
    return true;
  };

function compileTypename(parent: KnownType, depth: number): Write {
  const text = Buffer.from(JSON.stringify(parent.name));
  if (isObjectType(parent))
    return () => {
      putBytes(text);
      return true;
    };
  // Of what type it is, only another subgraph could have told, and it has not.
  return (_, shaping) => {
    reportMissing(shaping, depth);
    return false;
  };
}

function compileValue(
  projection: Projection,
  declared: GraphQLOutputType,
  selectionSets: readonly SelectionSetNode[],
  depth: number,
): Write {
  const isNullable = !isNonNullType(declared);
  const type = isNonNullType(declared) ? declared.ofType : declared;
  if (isLeafType(type)) return compileLeaf(type, isNullable, depth);
  if (isListType(type)) return writeOnce(compileList(projection, type.ofType, selectionSets, isNullable, depth));
  const writeTree = isAbstractType(type)
    ? compileAbstract(projection, type, selectionSets, depth)
    : compileSelections(projection, type, selectionSets, depth);
  const other = otherwise(isNullable, depth);
  return writeOnce((value, shaping) => {
    if (!isTree(value)) return other(value, shaping);
    const start = writtenBytes();
    return writeTree(value, shaping) || (isNullable && nullFrom(start, shaping));
  });
}

function compileList(
  projection: Projection,
  itemType: GraphQLOutputType,
  selectionSets: readonly SelectionSetNode[],
  isNullable: boolean,
  depth: number,
): Write {
  const writeItem = compileValue(projection, itemType, selectionSets, depth + 1);
  const other = otherwise(isNullable, depth);
  return (value, shaping) => {
    if (!Array.isArray(value)) return other(value, shaping);
    const { length } = value;
    const { path } = shaping;
    const start = writtenBytes();
    putAscii('[');
    for (let index = 0; index < length; index++) {
      path[depth] = index;
      if (index > 0) putAscii(',');
      if (!writeItem(value[index], shaping)) return isNullable && nullFrom(start, shaping);
    }
    putAscii(']');
    return true;
  };
}

/** Each type of objects that is met is compiled once. */
export function compileAbstract(
  projection: Projection,
  type: GraphQLAbstractType,
  selectionSets: readonly SelectionSetNode[],
  depth: number,
): WriteTree {
  const { schema } = projection;
  const compiled = new Map<unknown, WriteTree>();
  const compile = (name: unknown): WriteTree | undefined => {
    // A subgraph with an @interfaceObject knows the interface only; without fragments it need not even tell that.
    const known = name === undefined ? type : typeof name === 'string' ? schema.getType(name) : undefined;
    const isOne = isObjectType(known) || isInterfaceType(known);
    if (!isOne || (known !== type && !schema.isSubType(type, known))) return undefined;
    const write = compileKnown(known);
    compiled.set(name, write);
    return write;
  };
  const compileKnown = (known: KnownType): WriteTree => {
    const write = compileSelections(projection, known, selectionSets, depth);
    if (isObjectType(known)) return write;
    const { size } = collectFields(projection, known, selectionSets);
    const { objects } = schema.getImplementations(known);
    if (objects.every((object) => collectFields(projection, object, selectionSets).size === size)) return write;
    // What is asked depends on what it is, and the one who could have told has failed.
    return (tree, shaping) => !shaping.explained.has(tree) && write(tree, shaping);
  };
  return (tree, shaping) => {
    const write = compiled.get(tree.__typename) ?? compile(tree.__typename);
    if (write) return write(tree, shaping);
    // Of a type that clients do not know, or of none: either way there is nothing to show of it.
    if (!shaping.explained.has(tree)) reportMissing(shaping, depth);
    return false;
  };
}
