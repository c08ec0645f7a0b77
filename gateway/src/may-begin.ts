import { Fault } from '@entrepot/kernel/fault';
import { Kind } from 'graphql';
import type { Denials } from './auth/denials.ts';
import type { TokenViewer } from './auth/viewer-state.ts';
import { budgetOf, type ReadyParts } from './get-ready.ts';
import { checkCost } from './limits/operation-cost.ts';
import type { Document } from './operations/documents.ts';
import type { Incoming } from './operations/http-request.ts';
import type { PipelineParts } from './pipeline.ts';
import type { Generation } from './supergraph/generation.ts';

export type Beginning = {
  readonly incoming: Incoming;
  readonly document: Document;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly viewer: TokenViewer | undefined;
};

/** @throws Fault or RequestErrors for a subscription that is not valid, that costs too much, or that is not for this viewer */
export type MayBegin = (beginning: Beginning) => Promise<void>;

/** What its events are made of costs nothing more; this is about whether there may be any. */
export function createMayBegin(parts: ReadyParts & Pick<PipelineParts, 'rates'>): MayBegin {
  return async (beginning) => {
    const budget = budgetOf(parts, beginning.incoming, beginning.viewer);
    const { cost } = await look(parts, beginning).catch(async (error: unknown) => {
      // Also what is refused had to be looked at.
      await budget?.charge(1);
      throw error;
    });
    await budget?.charge(Math.max(1, cost));
  };
}

/** @throws as MayBegin does */
export async function look(
  { validate, rulesOf, authorize, maxCost, generation }: ReadyParts,
  { document, operationName, variables, viewer }: Omit<Beginning, 'incoming'>,
): Promise<{ generation: Generation; denials: Denials | undefined; cost: number }> {
  const current = generation();
  validate(current.schema, document);
  const { authorization, costs } = rulesOf(current);
  const denials = await authorize(authorization.demandsOf(document.node), viewer);
  if (denials && leavesNothing(denials))
    throw new Fault('UNAUTHORIZED_FIELD_OR_TYPE', 'the subscription is for what you are not authorized to see');
  const cost = costs.costOf(document.node, operationName)(variables);
  checkCost(cost, maxCost);
  return { generation: current, denials, cost };
}

const leavesNothing = ({ document }: Denials): boolean =>
  document.definitions.some(
    (definition) => definition.kind === Kind.OPERATION_DEFINITION && definition.selectionSet.selections.length === 0,
  );
