import type { FetchNode, QueryPlanSelectionNode } from '@apollo/query-planner';
import { Kind, type SelectionSetNode } from 'graphql';
import { readOperation } from './fetch-operation.ts';

/** Places in an answer: response names from its root on, lists left out. */
export type Places = ReadonlySet<string>;

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
export function broughtBy({ operation, requires }: FetchNode, path: readonly string[]): Places {
  const { selections } = readOperation(operation).selectionSet;
  const [entities] = selections;
  const set = requires && entities?.kind === Kind.FIELD ? entities.selectionSet : { selections };
  return set ? placesIn(set, path) : new Set();
}

export function placesIn(set: Pick<SelectionSetNode, 'selections'>, path: readonly string[]): Places {
  const places = new Set<string>();
  const add = ({ selections }: Pick<SelectionSetNode, 'selections'>, base: string): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) add(selection.selectionSet, base);
      if (selection.kind !== Kind.FIELD || selection.name.value === TYPENAME) continue;
      const own = place(base, (selection.alias ?? selection.name).value);
      places.add(own);
      if (selection.selectionSet) add(selection.selectionSet, own);
    }
  };
  add(set, baseOf(path));
  return places;
}
