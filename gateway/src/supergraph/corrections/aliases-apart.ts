import { type DocumentNode, type FieldNode, Kind, parse, visit } from 'graphql';

/** Under which names data is asked for and kept, where a client's own could be taken for something else. */
export type AliasesApart = {
  /** The document as it is to be planned. */
  apart(document: DocumentNode): DocumentNode;
  /** Where the value of a client's field is. */
  keyOf(field: FieldNode): string;
};

const SUFFIX = '__alias';
/** Also what the planner is given to tell requirements apart. */
const RESERVED = /__(alias|[0-9a-f]{8})$/;

/**
 * `{ product { price: name } }`: the planner takes what a client calls `price` for the price that a `@requires` or `@key`
 * needs, and sends it to the subgraph that relies on it. So a client's name that is also a field's is not used on the way.
 */
export function setAliasesApart(supergraph: string): AliasesApart {
  const fields = new Set<string>();
  for (const definition of parse(supergraph, { noLocation: true }).definitions)
    if (definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.INTERFACE_TYPE_DEFINITION)
      for (const { name } of definition.fields ?? []) fields.add(name.value);

  const keyOf = ({ alias, name }: FieldNode): string => {
    if (alias === undefined || alias.value === name.value) return name.value;
    return fields.has(alias.value) || RESERVED.test(alias.value) ? `${alias.value}${SUFFIX}` : alias.value;
  };
  return {
    keyOf,
    apart: (document) =>
      visit(document, {
        Field: (field) => {
          const key = keyOf(field);
          if (field.alias === undefined || key === field.alias.value) return undefined;
          return { ...field, alias: { kind: Kind.NAME, value: key } };
        },
      }),
  };
}

/** What the client calls what is kept under a key. */
export const clientNameOf = (key: string): string => (key.endsWith(SUFFIX) ? key.slice(0, -SUFFIX.length) : key);
