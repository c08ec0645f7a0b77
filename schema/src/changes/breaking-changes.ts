import type { GraphQLSchema } from 'graphql';
import { isEnumType, isInputObjectType, isInterfaceType, isObjectType } from 'graphql';
import type { AcceptedBreak } from '../accepted-breaks.ts';
import { removalDate } from '../lint/deprecations.ts';
import type { Operation } from '../operations.ts';
import type { Place, Problem } from '../problem.ts';
import type { Change } from './change.ts';
import { compareSchemas } from './compare.ts';
import { usageOf } from './usage.ts';

export type Comparison = {
  readonly base: GraphQLSchema;
  readonly next: GraphQLSchema;
  /** What clients send today: the operations known to the base. */
  readonly operations: readonly Operation[];
  readonly accepted: readonly AcceptedBreak[];
  readonly today: string;
  /** Where a coordinate stands, or the nearest thing around it that is still there. */
  readonly locate: (coordinate: string) => Place | undefined;
};

/** What clients of the base notice in the next schema, with the known operations that are hit. */
export function breakingChanges({ base, next, operations, accepted, today, locate }: Comparison): Problem[] {
  const changes = compareSchemas(base, next);
  const usages = operations.map(({ name, document }) => ({ name, usage: usageOf(document, base) }));
  const problems = changes.map((change): Problem => {
    const hit = usages.filter(({ usage }) => change.hits.some((coordinate) => usage.has(coordinate)));
    const names = hit.map(({ name }) => name);
    const pardon = pardonOf(change, names, { base, accepted, today });
    return {
      severity: change.severity === 'breaking' && pardon === undefined ? 'error' : 'warning',
      rule: change.kind,
      message: [sentence(change, names), ...(pardon === undefined ? [] : [pardon])].join('; '),
      at: locate(change.coordinate),
    };
  });
  return [...problems, ...staleAcceptances(accepted, changes)];
}

function sentence({ severity, message }: Change, names: readonly string[]): string {
  const prefix = severity === 'breaking' ? 'breaking' : 'dangerous';
  return `${prefix}: ${message}; ${names.length === 0 ? 'no known operation uses it' : `hits ${names.join(', ')}`}`;
}

/** Why a breaking change may pass: it was agreed to, or announced long enough and nobody known is left. */
function pardonOf(
  change: Change,
  names: readonly string[],
  { base, accepted, today }: Pick<Comparison, 'base' | 'accepted' | 'today'>,
): string | undefined {
  if (change.severity !== 'breaking') return undefined;
  const agreed = accepted.find(({ coordinate }) => coordinate === change.coordinate);
  if (agreed) return `accepted: ${agreed.reason}`;
  const until = removalDate(deprecationOf(base, change.coordinate));
  return change.kind.endsWith('_REMOVED') && until !== undefined && until <= today && names.length === 0
    ? `it was deprecated until ${until}`
    : undefined;
}

function deprecationOf(schema: GraphQLSchema, coordinate: string): string | null | undefined {
  const [, typeName = '', member = '', argument] = /^(\w+)\.(\w+)(?:\((\w+):\))?$/.exec(coordinate) ?? [];
  const type = schema.getType(typeName);
  if (isEnumType(type)) return type.getValue(member)?.deprecationReason;
  if (isInputObjectType(type)) return type.getFields()[member]?.deprecationReason;
  if (!isObjectType(type) && !isInterfaceType(type)) return undefined;
  const field = type.getFields()[member];
  return argument === undefined
    ? field?.deprecationReason
    : field?.args.find(({ name }) => name === argument)?.deprecationReason;
}

function staleAcceptances(accepted: readonly AcceptedBreak[], changes: readonly Change[]): Problem[] {
  const broken = new Set(changes.filter(({ severity }) => severity === 'breaking').map(({ coordinate }) => coordinate));
  return accepted
    .filter(({ coordinate }) => !broken.has(coordinate))
    .map(({ coordinate }) => ({
      severity: 'warning',
      rule: 'accepted-break-stale',
      message: `${coordinate} is no break against this base: take it out of the accepted breaks`,
    }));
}
