import { type ConstDirectiveNode, Kind } from 'graphql';
import { type Problem, placeOf } from '../problem.ts';
import type { Subgraph } from '../subgraphs.ts';
import { elementsOf } from './elements.ts';

/** `@deprecated(reason: "2027-03-01: use x")`: until when it stays is a promise, and the day after it is a task. */
export function lintDeprecations({ document }: Subgraph, today: string): Problem[] {
  return elementsOf(document).flatMap(({ coordinate, directives }) =>
    directives
      .filter(({ name }) => name.value === 'deprecated')
      .flatMap((directive): Problem[] => {
        const until = removalDate(reasonOf(directive));
        const problem = (rule: string, message: string): Problem[] => [
          { severity: 'error', rule, message, at: placeOf(directive) },
        ];
        if (until === undefined)
          return problem(
            'deprecation-date',
            `${coordinate} is deprecated without the day it goes: @deprecated(reason: "YYYY-MM-DD: use …")`,
          );
        if (until <= today)
          return problem(
            'deprecation-expired',
            `${coordinate} was to be removed on ${until}: remove it, or move the day`,
          );
        return [];
      }),
  );
}

/** The day that a deprecation's reason begins with; undefined when there is none, or no such day. */
export function removalDate(reason: string | null | undefined): string | undefined {
  const [, day] = /^(\d{4}-\d{2}-\d{2}): \S/.exec(reason ?? '') ?? [];
  if (day === undefined) return undefined;
  const time = Date.parse(`${day}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(day) ? day : undefined;
}

function reasonOf({ arguments: args = [] }: ConstDirectiveNode): string | undefined {
  const reason = args.find(({ name }) => name.value === 'reason')?.value;
  return reason?.kind === Kind.STRING ? reason.value : undefined;
}
