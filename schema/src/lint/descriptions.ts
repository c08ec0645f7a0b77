import { type Problem, placeOf } from '../problem.ts';
import type { Subgraph } from '../subgraphs.ts';
import { type Element, elementsOf } from './elements.ts';

/** What has nothing to tell that its fields do not: the roots, and an extension, described where it is defined. */
const needsNone = ({ kind, coordinate }: Element) =>
  kind === 'extension' || ['Query', 'Mutation', 'Subscription'].includes(coordinate);

/** Everything a client meets says what it is. */
export function lintDescriptions({ document }: Subgraph): Problem[] {
  return elementsOf(document)
    .filter((element) => !needsNone(element) && !element.description?.value.trim())
    .map(({ kind, coordinate, name }) => ({
      severity: 'error',
      rule: 'description',
      message: `the ${kind} ${coordinate} has no description`,
      at: placeOf(name),
    }));
}
