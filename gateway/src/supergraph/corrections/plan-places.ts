import type { FetchNode, QueryPlanSelectionNode } from '@apollo/query-planner';
import { Kind, type SelectionSetNode } from 'graphql';
import { readOperation } from './fetch-operation.ts';
import type { Fielded } from './fielded-types.ts';

/** Places in an answer: response names from its root on, lists left out. */
export type Places = ReadonlySet<string>;

type Types = ReadonlyMap<string, Fielded>;
type Selections = Pick<SelectionSetNode, 'selections'>;

const TYPENAME = '__typename';
const place = (base: string, name: string) => (base === '' ? name : `${base}.${name}`);
const baseOf = (path: readonly string[]) => path.filter((step) => step !== '@').join('.');

/** What has to be there before a fetch at this path can be made. */
export function neededBy({ requires = [] }: Pick<FetchNode, 'requires'>, path: readonly string[]): Places {
  const places = new Set<string>();
  let way = '';
  for (const step of path) {
    if (step === '@') continue;
    way = place(way, step);
    places.add(way);
  }
  const add = (selections: readonly QueryPlanSelectionNode[], base: string): void => {
    for (const selection of selections) {
      if (selection.kind === 'InlineFragment') add(selection.selections, base);
      else if (selection.name !== TYPENAME) {
        const own = place(base, selection.alias ?? selection.name);
        places.add(own);
        add(selection.selections ?? [], own);
      }
    }
  };
  add(requires, baseOf(path));
  return places;
}

/** What a fetch at this path brings. */
export function broughtBy({ operation, requires }: FetchNode, path: readonly string[], types: Types): Places {
  const { selections } = readOperation(operation).selectionSet;
  const [entities] = selections;
  const set = requires && entities?.kind === Kind.FIELD ? entities.selectionSet : { selections };
  return set ? placesIn(set, path, types) : new Set();
}

export function placesIn(set: Selections, path: readonly string[], types: Types): Places {
  const places = new Set<string>();
  const add = ({ selections }: Selections, base: string, type: string | undefined): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        const condition = selection.typeCondition?.name.value;
        const object = condition !== undefined && isObject(condition, types) ? condition : type;
        // Nothing is of two object types. Fragments that the planner uses again may ask for that.
        if (type === undefined || object === type) add(selection.selectionSet, base, object);
      }
      if (selection.kind !== Kind.FIELD || selection.name.value === TYPENAME) continue;
      const own = place(base, (selection.alias ?? selection.name).value);
      places.add(own);
      if (selection.selectionSet) add(selection.selectionSet, own, undefined);
    }
  };
  add(set, baseOf(path), undefined);
  return places;
}

const isObject = (name: string, types: Types) => types.get(name)?.kind === Kind.OBJECT_TYPE_DEFINITION;
