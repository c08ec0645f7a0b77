import { elementsOf } from './lint/elements.ts';
import { type Place, placeOf } from './problem.ts';
import type { Subgraph } from './subgraphs.ts';

/** Finds a coordinate in the SDL, or else what is around it: the field of an argument, the type of a field. */
export function locator(subgraphs: readonly Subgraph[]): (coordinate: string) => Place | undefined {
  const places = new Map<string, Place | undefined>();
  for (const { document } of subgraphs)
    for (const { coordinate, name } of elementsOf(document))
      if (!places.has(coordinate)) places.set(coordinate, placeOf(name));
  return (coordinate) => {
    const field = coordinate.replace(/\(.*$/, '');
    const type = field.replace(/\..*$/, '');
    return places.get(coordinate) ?? places.get(field) ?? places.get(type);
  };
}
