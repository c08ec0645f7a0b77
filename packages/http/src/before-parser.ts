import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type PlainRequest, readPlain } from './plain-request.ts';
import { createRefuseUnread, type UnreadRefusals } from './refuse-unread.ts';
import { type UnreadAnswer, writeAnswer } from './write-answer.ts';

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
 * it is not taken again then.
 */
export type Way = () => UnreadAnswer | undefined;

export type BeforeParser = {
  /** Every request that was read goes by here. */
  see(request: IncomingMessage, response: ServerResponse): void;
  /** The same could be answered unread: its connection is worth being listened to. */
  follow(response: ServerResponse): void;
  /** Whether some client has not yet taken all that it was answered. */
  isOwing(): boolean;
};

/** What it has to know of the server, and what the server is told. */
export type Host = {
  isClosing(): boolean;
  /** Whether a connection speaks another protocol by now. */
  isUpgraded(socket: Duplex): boolean;
  count(status: number): void;
};

type Watched = {
  /** Requests that have been read since it is watched, and of these the ones not answered yet. */
  seen: number;
  open: number;
  last: IncomingMessage | undefined;
};

type Known = { readonly bytes: Buffer; readonly request: PlainRequest; readonly way: Way | undefined };

/** That many requests in a row with which nothing was done here: the parser does better with its connection for itself. */
const MANY = 10;
/** Nothing longer is remembered until the next request comes. */
const MAX_KNOWN_BYTES = 4 * 1024;

/**
 * To read a request and to write an answer takes node:http more than twice the CPU of doing it here. A connection on which a request
 * has just been refused, or answered by something kept, is listened to in front of the parser. What comes as one piece that is one
 * plain POST may be answered as such; with anything else, the parser has its connection back for itself.
 */
export function createBeforeParser({ paths, refusals, wayTo }: Unread, host: Host): BeforeParser {
  const { isNeeded, refuse, status } = createRefuseUnread(refusals);
  const watched = new Map<Socket, Watched>();
  const owing = new Set<Socket>();

  const know = (bytes: Buffer, socket: Socket): Known | undefined => {
    const request = readPlain(bytes, paths);
    return request && { bytes, request, way: wayTo?.(request, socket.remoteAddress) };
  };

  const owe = (socket: Socket) => {
    if (socket.writableLength === 0 || owing.has(socket)) return;
    owing.add(socket);
    socket.once('close', () => owing.delete(socket));
  };

  const watch = (socket: Socket) => {
    const [parse, ...others] = socket.listeners('data');
    if (!parse || others.length > 0 || socket.destroyed || host.isUpgraded(socket)) return;
    const state: Watched = { seen: 0, open: 0, last: undefined };
    /** Whether the parser is known to be between two messages. */
    let isBetween = false;
    let unanswered = 0;
    /** The last request that was answered; the next one is often the same. */
    let last: Known | undefined;

    const pass = (chunk: Buffer) => void Reflect.apply(parse, socket, [chunk]);
    const leave = () => {
      watched.delete(socket);
      socket.off('close', leave).off('data', listen);
      // The very same listener: node:http takes it away itself when a connection is upgraded.
      Reflect.apply(socket.on, socket, ['data', parse]);
    };
    /** Whether it has been answered. */
    const answer = (known: Known): boolean => {
      const answered = known.way?.();
      last = answered && known.bytes.length <= MAX_KNOWN_BYTES ? known : undefined;
      if (answered) writeAnswer(socket, answered);
      else if (!refuse(known.request, socket)) return false;
      host.count(answered ? answered.status : status);
      owe(socket);
      unanswered = 0;
      return true;
    };
    const listen = (chunk: Buffer) => {
      const isKnown = last?.bytes.equals(chunk) === true;
      const known = state.open > 0 ? undefined : isKnown ? last : know(chunk, socket);
      if (!known) {
        leave();
        return pass(chunk);
      }
      // A client that takes no answers is left to the parser, which holds it up.
      if (isBetween && socket.writableLength === 0 && !host.isClosing() && answer(known)) return;
      const { seen } = state;
      pass(chunk);
      isBetween = state.seen === seen + 1 && state.last?.complete === true;
      unanswered = isNeeded() ? 0 : unanswered + 1;
      if (unanswered === MANY) leave();
    };
    Reflect.apply(socket.off, socket, ['data', parse]);
    socket.on('data', listen).on('close', leave);
    watched.set(socket, state);
  };

  const watchAfter = (response: ServerResponse, isWorth: () => boolean) => {
    const { socket } = response.req;
    if (watched.has(socket)) return;
    response.on('close', () => {
      if (!watched.has(socket) && isWorth()) watch(socket);
    });
  };
  const isOpen = () => !host.isClosing();

  return {
    see(request, response) {
      const state = watched.get(request.socket);
      if (state) {
        state.seen++;
        state.open++;
        state.last = request;
        response.on('close', () => state.open--);
      } else if (isNeeded() && isOpen()) {
        watchAfter(response, () => response.statusCode === status && isNeeded() && isOpen());
      }
    },
    follow: (response) => watchAfter(response, isOpen),
    isOwing() {
      for (const socket of owing) if (socket.writableLength === 0) owing.delete(socket);
      return owing.size > 0;
    },
  };
}
