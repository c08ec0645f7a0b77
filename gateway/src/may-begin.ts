import { Fault } from '@entrepot/kernel/fault';
import { Kind } from 'graphql';
import type { Denials } from './auth/denials.ts';
import type { TokenViewer } from './auth/viewer-state.ts';
import type { ReadyParts } from './get-ready.ts';
import type { Document } from './operations/documents.ts';

/** @throws Fault for a subscription whose events are not for this viewer */
export type MayBegin = (document: Document, viewer: TokenViewer | undefined) => Promise<void>;

/** What a subscription's events are made of is looked at each time; this is about whether there may be any. */
export function createMayBegin({ rulesOf, authorize, generation }: ReadyParts): MayBegin {
  return async ({ node }, viewer) => {
    const { authorization } = rulesOf(generation());
    const denials = await authorize(authorization.demandsOf(node), viewer);
    if (denials && leavesNothing(denials))
      throw new Fault('UNAUTHORIZED_FIELD_OR_TYPE', 'the subscription is for what you are not authorized to see');
  };
}

const leavesNothing = ({ document }: Denials): boolean =>
  document.definitions.some(
    (definition) => definition.kind === Kind.OPERATION_DEFINITION && definition.selectionSet.selections.length === 0,
  );
