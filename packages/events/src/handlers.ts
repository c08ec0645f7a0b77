import { requireUuid } from '@entrepot/kernel/ids';
import type { Contract } from './contract.ts';
import type { LogMessage } from './log.ts';

/** An event as a handler gets it: its data are checked. */
export type ReceivedEvent<Data> = {
  /** `evt_…`: what `claim` is asked about. */
  readonly id: string;
  readonly key: string;
  readonly at: Date;
  readonly data: Data;
};

export type EventHandler = {
  readonly types: readonly string[];
  /** Whether events that follow each other come together. */
  readonly isBatch: boolean;
  /** Checks what came, and returns what handles it. @throws when an event breaks its contract */
  readonly prepare: (messages: readonly LogMessage[]) => () => Promise<void>;
};

/** Handles events of one type, one after the other. */
export function on<Data>(
  contract: Contract<Data>,
  handler: (event: ReceivedEvent<Data>) => Promise<void>,
): EventHandler {
  return {
    types: [contract.type],
    isBatch: false,
    prepare: (messages) => {
      const events = messages.map((message) => read(contract, message));
      return async () => {
        for (const event of events) await handler(event);
      };
    },
  };
}

/** Handles runs of events of one type together; a run that fails is tried event by event, to find the one at fault. */
export function onMany<Data>(
  contract: Contract<Data>,
  handler: (events: readonly ReceivedEvent<Data>[]) => Promise<void>,
): EventHandler {
  return {
    types: [contract.type],
    isBatch: true,
    prepare: (messages) => {
      const events = messages.map((message) => read(contract, message));
      return () => handler(events);
    },
  };
}

/** An event as one of several kinds that a handler takes; with its trace, as a run has many. */
export type MixedEvent<T> = { readonly id: string; readonly traceparent: string | undefined; readonly value: T };
export type Meaning<T> = { readonly type: string; readonly read: (message: LogMessage) => MixedEvent<T> };

/** What an event of one contract means to a handler of several. */
export function meaning<Data, T>(contract: Contract<Data>, toValue: (data: Data) => T): Meaning<T> {
  return {
    type: contract.type,
    read: (message) => {
      const { id, data } = read(contract, message);
      return { id, traceparent: message.envelope.traceparent, value: toValue(data) };
    },
  };
}

/** Handles runs of events of several types together, in the order in which they came. */
export function onAny<T>(
  meanings: readonly Meaning<T>[],
  handler: (events: readonly MixedEvent<T>[]) => Promise<void>,
): EventHandler {
  const byType = new Map(meanings.map((each) => [each.type, each]));
  return {
    types: [...byType.keys()],
    isBatch: true,
    prepare: (messages) => {
      const events = messages.flatMap((message) => byType.get(message.envelope.type)?.read(message) ?? []);
      return () => handler(events);
    },
  };
}

function read<Data>(contract: Contract<Data>, { key, envelope }: LogMessage): ReceivedEvent<Data> {
  requireUuid('evt', envelope.id);
  return { id: envelope.id, key, at: new Date(envelope.time), data: contract.schema.parse(envelope.data) };
}
