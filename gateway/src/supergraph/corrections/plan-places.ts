import type { FetchNode, QueryPlanSelectionNode } from '@apollo/query-planner';
import { Kind, type SelectionSetNode } from 'graphql';
import { readOperation } from './fetch-operation.ts';
import type { Fielded } from './fielded-types.ts';

/** Places in an answer: response names from its root on, lists left out, each with the object types for which it is meant. */
export type Places = ReadonlyMap<string, ReadonlySet<string>>;
type Types = ReadonlyMap<string, Fielded>;
type Selections = Pick<SelectionSetNode, 'selections'>;

/** In the place of a type: of whatever type the object is. */
const ANY = '*';
const TYPENAME = '__typename';
const within = (base: string, name: string) => (base === '' ? name : `${base}.${name}`);
const baseOf = (path: readonly string[]) => path.filter((step) => step !== '@').join('.');

/** What has to be there before a fetch at this path can be made. */
export function neededBy(
  { requires = [] }: Pick<FetchNode, 'requires'>,
  path: readonly string[],
  types: Types,
): Places {
  const places = new Map<string, Set<string>>();
  for (let length = 1; length <= path.length; length++) add(places, baseOf(path.slice(0, length)), ANY);
  const look = (selections: readonly QueryPlanSelectionNode[], base: string, type: string): void => {
    for (const selection of selections) {
      if (selection.kind === 'InlineFragment') {
        look(selection.selections, base, objectOf(selection.typeCondition, types) ?? type);
      } else if (selection.name !== TYPENAME) {
        const own = within(base, selection.alias ?? selection.name);
        add(places, own, type);
        look(selection.selections ?? [], own, ANY);
      }
    }
  };
  look(requires, baseOf(path), ANY);
  return places;
}

/** What a fetch at this path brings. */
export function broughtBy({ operation, requires }: FetchNode, path: readonly string[], types: Types): Places {
  const { selections } = readOperation(operation).selectionSet;
  const [entities] = selections;
  const set = requires && entities?.kind === Kind.FIELD ? entities.selectionSet : { selections };
  return set ? placesIn(set, path, types) : new Map();
}

/** What a selection of an object at this path, of this type where it is known, brings. */
export function placesIn(set: Selections, path: readonly string[], types: Types, ofType?: string): Places {
  const places = new Map<string, Set<string>>();
  const look = ({ selections }: Selections, base: string, type: string): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        const object = objectOf(selection.typeCondition?.name.value, types) ?? type;
        // Nothing is of two object types. Fragments that the planner uses again may ask for that.
        if (type === ANY || object === type) look(selection.selectionSet, base, object);
      }
      if (selection.kind !== Kind.FIELD || selection.name.value === TYPENAME) continue;
      const own = within(base, (selection.alias ?? selection.name).value);
      add(places, own, type);
      if (selection.selectionSet) look(selection.selectionSet, own, ANY);
    }
  };
  look(set, baseOf(path), objectOf(ofType, types) ?? ANY);
  return places;
}

/** Whether some of these places may be among the others. */
export function overlaps(some: Places, others: Places): boolean {
  for (const [place, types] of some) {
    const other = others.get(place);
    if (other && (types.has(ANY) || other.has(ANY) || [...types].some((type) => other.has(type)))) return true;
  }
  return false;
}

/** The places that are not certain to be among the others. */
export function beyond(some: Places, others: Places): Places {
  const left = new Map<string, Set<string>>();
  for (const [place, types] of some)
    for (const type of types) {
      const other = others.get(place);
      if (other?.has(type) !== true && other?.has(ANY) !== true) add(left, place, type);
    }
  return left;
}

export function union(all: readonly Places[]): Places {
  const places = new Map<string, Set<string>>();
  for (const one of all) for (const [place, types] of one) for (const type of types) add(places, place, type);
  return places;
}

function add(places: Map<string, Set<string>>, place: string, type: string): void {
  const known = places.get(place) ?? new Set();
  places.set(place, known.add(type));
}

const objectOf = (name: string | undefined, types: Types): string | undefined =>
  name !== undefined && types.get(name)?.kind === Kind.OBJECT_TYPE_DEFINITION ? name : undefined;
