import { Fault } from '@entrepot/kernel/fault';
import type { AccessTokens } from '../auth/access-tokens.ts';
import type { MayBegin } from '../may-begin.ts';
import { type Documents, operationOf } from '../operations/documents.ts';
import type { Incoming } from '../operations/http-request.ts';
import type { ReadOperations } from '../operations/read-operations.ts';
import type { FromEventSource } from './event-source.ts';
import type { Live } from './live.ts';
import type { Transport } from './subscription-metrics.ts';
import type { Subscriber, Subscriptions } from './subscriptions.ts';

/** Where requests come in that may be subscriptions, whatever brings them. */
export type Door = {
  /** @throws Fault for a token that is not valid */
  subscriberOf(authorization: string | undefined): Promise<Subscriber>;
  /** Undefined for what is no subscription. @throws Fault or RequestErrors for a subscription that cannot begin */
  open(incoming: Incoming, transport: Transport, subscriber: () => Promise<Subscriber>): Promise<Live | undefined>;
};

export type DoorParts = {
  read: ReadOperations;
  documents: Documents;
  accessTokens: AccessTokens | undefined;
  subscriptions: Subscriptions;
  mayBegin: MayBegin;
  fromEventSource: FromEventSource;
};

export function createDoor(parts: DoorParts): Door {
  const { read, documents, accessTokens, subscriptions, mayBegin, fromEventSource } = parts;
  return {
    async subscriberOf(authorization) {
      if (!accessTokens) return { viewer: undefined, authorization, expiresAt: undefined };
      const viewer = await accessTokens.viewerOf(authorization);
      return { viewer, authorization: undefined, expiresAt: expiryOf(viewer) };
    },
    async open(incoming, transport, subscriber) {
      const { operations, isBatch } = read(fromEventSource(incoming) ? asProven(incoming) : incoming);
      const [operation] = operations;
      if (isBatch || !operation) return undefined;
      await documents.learn(operation);
      const document = documents.find(operation);
      const { type, name } = operationOf(document, operation.operationName);
      if (type !== 'subscription') return undefined;
      if (incoming.method === 'GET' && transport !== 'sse')
        throw new Fault(
          'METHOD_NOT_ALLOWED',
          'a subscription is asked by POST, or by GET with accept: text/event-stream',
        );
      const asked = { document, operationName: name, variables: operation.variables };
      const who = await subscriber();
      await mayBegin({ ...asked, incoming, viewer: who.viewer });
      return subscriptions.open({ ...asked, subscriber: who, transport });
    },
  };
}

/** What is known of where it comes from is as good as the header by which others prove it. */
const asProven = (incoming: Incoming): Incoming => ({
  ...incoming,
  headers: { ...incoming.headers, 'apollo-require-preflight': 'event-source' },
});

function expiryOf(viewer: Subscriber['viewer']): number | undefined {
  const exp = viewer?.claims.exp;
  return typeof exp === 'number' ? exp * 1000 : undefined;
}
