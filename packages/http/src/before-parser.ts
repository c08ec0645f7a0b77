import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createOwedAnswers } from './owed-answers.ts';
import { type PlainRequest, readPlain } from './plain-request.ts';
import { createRefuseUnread, type UnreadRefusals } from './refuse-unread.ts';
import { type Known, type Watched, watchConnection } from './watch-connection.ts';
import type { UnreadAnswer } from './write-answer.ts';

/** What is done with requests that node:http has not read. */
export type Unread = {
  /** Where it is done, to POSTs. */
  readonly paths: ReadonlySet<string>;
  readonly refusals: UnreadRefusals;
  /** The way to the answer of a request from this address; undefined for one that has to be read. */
  wayTo?(request: PlainRequest, address: string | undefined): Way | undefined;
};

/**
 * Leads to the answer for as long as the same bytes come on the same connection; undefined as soon as they have to be read after all:
 * it is not taken again then. Where it takes its time, `later` is called in a later turn, once, with the same.
 */
export type Way = (later: Later) => UnreadAnswer | 'later' | undefined;
export type Later = (answer: UnreadAnswer | undefined) => void;

export type BeforeParser = {
  /** Every request that was read goes by here. */
  see(request: IncomingMessage, response: ServerResponse): void;
  /** The same could be answered unread: its connection is worth being listened to. */
  follow(response: ServerResponse): void;
  /** Whether some client has not yet been given all of its answer. */
  isOwing(): boolean;
};

/** What it has to know of the server, and what the server is told. */
export type Host = {
  isClosing(): boolean;
  /** Whether a connection speaks another protocol by now. */
  isUpgraded(socket: Duplex): boolean;
  count(status: number | 'aborted'): void;
};

/**
 * To read a request and to write an answer takes node:http more than twice the CPU of doing it here. A connection on which a request
 * has just been refused, or answered by something kept, is listened to in front of the parser. What comes as one piece that is one
 * plain POST may be answered as such; with anything else, the parser has its connection back for itself.
 */
export function createBeforeParser({ paths, refusals, wayTo }: Unread, host: Host): BeforeParser {
  const refusing = createRefuseUnread(refusals);
  const owed = createOwedAnswers();
  const watched = new Map<Socket, Watched>();

  const know = (bytes: Buffer, socket: Socket): Known | undefined => {
    const request = readPlain(bytes, paths);
    return request && { bytes, request, way: wayTo?.(request, socket.remoteAddress) };
  };

  const watch = (socket: Socket) => {
    const onLeave = () => watched.delete(socket);
    const state = watchConnection(socket, { know, refusing, owed, host, onLeave });
    if (state) watched.set(socket, state);
  };

  const watchAfter = (response: ServerResponse, isWorth: () => boolean) => {
    const { socket } = response.req;
    response.on('close', () => {
      if (!watched.has(socket) && !host.isClosing() && isWorth()) watch(socket);
    });
  };

  return {
    see(request, response) {
      const state = watched.get(request.socket);
      if (state) state.see(request, response);
      else if (refusing.isNeeded())
        watchAfter(response, () => response.statusCode === refusing.status && refusing.isNeeded());
    },
    follow(response) {
      if (!watched.has(response.req.socket)) watchAfter(response, () => true);
    },
    isOwing: owed.areAny,
  };
}
