import { type DocumentNode, type FieldNode, Kind, visit } from 'graphql';

const SUFFIX = '__alias';
/** Also what the planner is given to tell requirements apart. */
const RESERVED = /__(alias|[0-9a-f]{8})$/;

/**
 * `{ product { price: name } }`: the planner takes what a client calls `price` for the price that a `@requires` or `@key`
 * needs, and sends it to the subgraph that relies on it. So a client's name that is also a field's is not used on the way:
 * the document is planned, and its answer written, with another.
 */
export function setClientNamesApart(document: DocumentNode, fieldNames: ReadonlySet<string>): DocumentNode {
  return visit(document, {
    // The schema is nobody's to ask for, and its own fields are none of a subgraph's.
    FragmentDefinition: ({ typeCondition }) => (typeCondition.name.value.startsWith('__') ? false : undefined),
    Field: (field) => {
      if (isIntrospection(field)) return false;
      const alias = field.alias?.value;
      if (alias === undefined || alias === field.name.value) return undefined;
      if (!fieldNames.has(alias) && !RESERVED.test(alias)) return undefined;
      return { ...field, alias: { kind: Kind.NAME, value: `${alias}${SUFFIX}` } };
    },
  });
}

/** What the client calls what goes by this name on the way. */
export const clientNameOf = (name: string): string => (name.endsWith(SUFFIX) ? name.slice(0, -SUFFIX.length) : name);

const isIntrospection = ({ name }: FieldNode) => name.value === '__schema' || name.value === '__type';
