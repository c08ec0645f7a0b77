import type { Problem } from '../problem.ts';
import type { Subgraph } from '../subgraphs.ts';
import { lintConnections } from './connections.ts';
import { lintDeprecations } from './deprecations.ts';
import { lintDescriptions } from './descriptions.ts';
import { lintMutations } from './mutations.ts';
import { lintNames } from './names.ts';
import { lintReferences } from './references.ts';

/** The conventions of this graph; `today` is the day, `YYYY-MM-DD`, on which deprecations may have run out. */
export function lintSubgraphs(subgraphs: readonly Subgraph[], today: string): readonly Problem[] {
  const problems = subgraphs.flatMap((subgraph) => [
    ...lintDescriptions(subgraph),
    ...lintNames(subgraph),
    ...lintMutations(subgraph),
    ...lintReferences(subgraph, subgraphs),
    ...lintConnections(subgraph),
    ...lintDeprecations(subgraph, today),
  ]);
  return once(problems);
}

/** A file that several subgraphs have in common is told of once. */
function once(problems: readonly Problem[]): readonly Problem[] {
  const key = ({ rule, message, at }: Problem) => JSON.stringify([rule, message, at?.file, at?.line]);
  return [...new Map(problems.map((problem) => [key(problem), problem])).values()];
}
