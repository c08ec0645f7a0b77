import { type GraphQLCompositeType, type GraphQLObjectType, type GraphQLSchema, isObjectType } from 'graphql';
import type { CostTable, ListSize } from './cost-table.ts';

type Objects = ReadonlySet<GraphQLObjectType>;

/** The types that an object can have, and what is said of their costs. */
export type Types = {
  /** The same set each time. */
  possible(type: GraphQLCompositeType): Objects;
  /** Those of a set that also can be of this type; the same set each time. */
  both(of: Objects, type: GraphQLCompositeType): Objects;
  /** Of an object; of one whose type nobody has it is that of any. */
  objectWeight(type: GraphQLObjectType | undefined): number;
  /** Of a field. Directives are on those of object types: asked on an interface, it is the greatest of them. */
  weightOf(parent: GraphQLCompositeType, field: string): number | undefined;
  listSizeOf(parent: GraphQLCompositeType, field: string): ListSize | undefined;
};

export function createTypes(schema: GraphQLSchema, { weights, listSizes }: CostTable): Types {
  const sets = new Map<GraphQLCompositeType, Objects>();
  const shared = new Map<Objects, Map<GraphQLCompositeType, Objects>>();
  const possible = (type: GraphQLCompositeType): Objects => {
    const known = sets.get(type) ?? new Set(isObjectType(type) ? [type] : schema.getPossibleTypes(type));
    sets.set(type, known);
    return known;
  };
  /** What a table says of a field, by its own coordinate or by those of the types that it may be asked of. */
  const createFind = <T>(table: ReadonlyMap<string, T>, choose: (all: readonly T[]) => T | undefined) => {
    const known = new Map<string, T | undefined>();
    return (parent: GraphQLCompositeType, field: string): T | undefined => {
      const coordinate = `${parent.name}.${field}`;
      const own = table.get(coordinate);
      if (own !== undefined || table.size === 0 || isObjectType(parent)) return own;
      if (!known.has(coordinate))
        known.set(coordinate, choose([...possible(parent)].flatMap(({ name }) => table.get(`${name}.${field}`) ?? [])));
      return known.get(coordinate);
    };
  };

  return {
    possible,
    both(of, type) {
      const known = shared.get(of) ?? new Map<GraphQLCompositeType, Objects>();
      shared.set(of, known);
      const both = known.get(type) ?? intersection(of, possible(type));
      known.set(type, both);
      return both;
    },
    objectWeight: (type) => (type && weights.get(type.name)) ?? 1,
    weightOf: createFind(weights, (all) => (all.length === 0 ? undefined : Math.max(...all))),
    listSizeOf: createFind(listSizes, (all) => all.toSorted(byAssumedSize)[0]),
  };
}

const byAssumedSize = (one: ListSize, other: ListSize) => (other.assumedSize ?? 0) - (one.assumedSize ?? 0);

/** One of them itself, where it is the same. */
function intersection(one: Objects, other: Objects): Objects {
  const [few, many] = one.size < other.size ? [one, other] : [other, one];
  const both = new Set([...few].filter((type) => many.has(type)));
  if (both.size === one.size) return one;
  return both.size === other.size ? other : both;
}
