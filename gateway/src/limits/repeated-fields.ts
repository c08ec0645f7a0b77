import { Kind, type SelectionSetNode } from 'graphql';
import type { Fragments } from './expanded-size.ts';

/**
 * How often one response key is asked for at one place of the answer, at most. Validation compares each of them with each other,
 * and so on with those within them: a thousand times the same costs half a million comparisons.
 *
 * It looks at `maxPlaces` places at most. What has more of them than fields has a fragment within itself, and is refused by validation.
 */
export function mostRepeated(selectionSet: SelectionSetNode, fragments: Fragments, maxPlaces: number): number {
  let most = 0;
  let seen = 0;
  const places: (readonly SelectionSetNode[])[] = [[selectionSet]];
  for (let place = places.pop(); place !== undefined && seen++ <= maxPlaces; place = places.pop()) {
    for (const { times, within } of fieldsOf(place, fragments).values()) {
      most = Math.max(most, times);
      if (within.length > 0) places.push(within);
    }
  }
  return most;
}

type Repeated = { times: number; within: SelectionSetNode[] };

/** The fields of one place by response key. Each fragment is entered once, as validation and execution do. */
function fieldsOf(place: readonly SelectionSetNode[], fragments: Fragments): Map<string, Repeated> {
  const fields = new Map<string, Repeated>();
  const entered = new Set<string>();
  const take = ({ selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        const key = (selection.alias ?? selection.name).value;
        const found = fields.get(key) ?? { times: 0, within: [] };
        found.times++;
        if (selection.selectionSet) found.within.push(selection.selectionSet);
        fields.set(key, found);
        continue;
      }
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        take(selection.selectionSet);
        continue;
      }
      const name = selection.name.value;
      const fragment = fragments.get(name);
      if (fragment === undefined || entered.has(name)) continue;
      entered.add(name);
      take(fragment);
    }
  };
  for (const selectionSet of place) take(selectionSet);
  return fields;
}
