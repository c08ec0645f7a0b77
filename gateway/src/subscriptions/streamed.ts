import type { Document } from '../operations/documents.ts';
import type { StreamCall } from '../subgraphs/streams/stream.ts';
import { ENDINGS } from './ending.ts';
import type { Events } from './events.ts';
import type { Executions } from './executions.ts';
import type { Live, LiveAnswer } from './live.ts';
import type { Subscriber } from './subscriptions.ts';

/** A subscription that a subgraph streams, as the graph of this moment has it for one subscriber. */
export type PreparedStream = {
  /** Where it is equal, equal answers are made of equal events. */
  readonly key: string;
  readonly asked: StreamCall;
  /** Completes an event through the graph: the JSON text of an answer. What is read for it is of this moment, or later. */
  complete(payload: unknown, moment: string): Promise<string>;
};

export type StreamQuestion = {
  readonly document: Document;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly subscriber: Subscriber;
};
/** @throws Fault or RequestErrors for what no subgraph streams, or not to this viewer */
export type PrepareStream = (question: StreamQuestion) => Promise<PreparedStream>;

export type StreamedOptions = {
  events: Events;
  prepared: PreparedStream;
  executions: Executions<LiveAnswer>;
  onAnswer: (since: number) => void;
};

export type Streamed = {
  readonly live: Live;
  /** Goes on as a new graph has it. Should that ask its subgraph for something else, it cannot. */
  adopt(prepare: () => Promise<PreparedStream>): Promise<void>;
};

/** Turns a subgraph's events into answers, one after the other and only when the subscriber takes them. */
export function createStreamed({ events, prepared, executions, onAnswer }: StreamedOptions): Streamed {
  let current = prepared;
  return {
    live: {
      async next(idleMs) {
        const event = await events.next(idleMs);
        if (event === undefined || event === 'idle') return event;
        const { key, complete } = current;
        const moment = `streamed ${event.id}`;
        const answer = await executions.run(`${moment} ${key}`, async () => {
          const text = await complete(event.payload, moment);
          return { text, result: JSON.parse(text) };
        });
        if (events.isOver()) return undefined;
        onAnswer(event.since);
        return answer;
      },
      end: events.end,
      get ending() {
        return events.ending();
      },
    },
    async adopt(prepare) {
      try {
        const next = await prepare();
        if (isSame(next.asked, current.asked)) current = next;
        else events.end(ENDINGS.moved);
      } catch {
        events.end(ENDINGS.invalid);
      }
    },
  };
}

/** The hash of a call is of its text and its subgraph. */
const isSame = (one: StreamCall, other: StreamCall) =>
  one.call.id === other.call.id && one.url === other.url && one.call.variables === other.call.variables;
