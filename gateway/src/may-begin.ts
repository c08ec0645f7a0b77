import { Fault } from '@entrepot/kernel/fault';
import { Kind } from 'graphql';
import type { Denials } from './auth/denials.ts';
import type { TokenViewer } from './auth/viewer-state.ts';
import type { ReadyParts } from './get-ready.ts';
import { checkCost } from './limits/operation-cost.ts';
import type { Document } from './operations/documents.ts';

export type Beginning = {
  readonly document: Document;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly viewer: TokenViewer | undefined;
};

/** @throws Fault or RequestErrors for a subscription that is not valid, that costs too much, or that is not for this viewer */
export type MayBegin = (beginning: Beginning) => Promise<void>;

/** What a subscription's events are made of is looked at each time; this is about whether there may be any. */
export function createMayBegin({ validate, rulesOf, authorize, maxCost, generation }: ReadyParts): MayBegin {
  return async ({ document, operationName, variables, viewer }) => {
    const current = generation();
    validate(current.schema, document);
    const { authorization, costs } = rulesOf(current);
    const denials = await authorize(authorization.demandsOf(document.node), viewer);
    if (denials && leavesNothing(denials))
      throw new Fault('UNAUTHORIZED_FIELD_OR_TYPE', 'the subscription is for what you are not authorized to see');
    checkCost(costs.costOf(document.node, operationName)(variables), maxCost);
  };
}

const leavesNothing = ({ document }: Denials): boolean =>
  document.definitions.some(
    (definition) => definition.kind === Kind.OPERATION_DEFINITION && definition.selectionSet.selections.length === 0,
  );
