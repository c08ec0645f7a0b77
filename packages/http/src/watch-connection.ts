import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Host, Later, Way } from './before-parser.ts';
import type { OwedAnswers } from './owed-answers.ts';
import type { PlainRequest } from './plain-request.ts';
import type { RefuseUnread } from './refuse-unread.ts';
import { type UnreadAnswer, writeAnswer } from './write-answer.ts';

/** A request that came in one piece, and the way to its answer. */
export type Known = { readonly bytes: Buffer; readonly request: PlainRequest; readonly way: Way | undefined };

export type WatchOptions = {
  /** Undefined for bytes that are anything else than one plain request. */
  know(bytes: Buffer, socket: Socket): Known | undefined;
  refusing: RefuseUnread;
  owed: OwedAnswers;
  host: Host;
  /** The parser has the connection for itself again. */
  onLeave(): void;
};

export type Watched = {
  /** Every request that was read on it goes by here. */
  see(request: IncomingMessage, response: ServerResponse): void;
};

/** That many requests in a row with which nothing was done here: the parser does better with its connection for itself. */
const MANY = 10;
/** Nothing longer is remembered until the next request comes. */
const MAX_KNOWN_BYTES = 4 * 1024;

/** Listens to a connection in front of its parser. Undefined where that cannot be. */
export function watchConnection(socket: Socket, options: WatchOptions): Watched | undefined {
  const { know, refusing, owed, host, onLeave } = options;
  const [parse, ...others] = socket.listeners('data');
  if (!parse || others.length > 0 || socket.destroyed || host.isUpgraded(socket)) return undefined;
  /** Requests that have been read since it is watched, and of these the ones not answered yet. */
  let seen = 0;
  let open = 0;
  let lastSeen: IncomingMessage | undefined;
  /** Whether the parser is known to be between two messages. */
  let isBetween = false;
  let unanswered = 0;
  /** The last request that was answered; the next one is often the same. */
  let last: Known | undefined;
  /** The one whose way takes its time. */
  let waiting: Known | undefined;

  const listen = (chunk: Buffer) => {
    // Who does not wait for an answer waits for the next.
    if (waiting) return void socket.pause().unshift(chunk);
    const isKnown = last?.bytes.equals(chunk) === true;
    const known = open > 0 ? undefined : isKnown ? last : know(chunk, socket);
    if (!known) {
      leave();
      return pass(chunk);
    }
    // A client that takes no answers is left to the parser, which holds it up.
    if (!isBetween || socket.writableLength > 0 || host.isClosing() || !answer(known)) read(chunk);
  };

  /** Returns whether it has been answered, or is going to be. */
  const answer = (known: Known): boolean => {
    const found = known.way?.(later);
    if (found !== 'later') return end(known, found);
    waiting = known;
    owed.promise();
    return true;
  };

  const later: Later = (found) => {
    // Who has ended their side of the connection is closed by node:http, too, and close() says so.
    const known = socket.writable ? takeWaiting() : undefined;
    if (!known) return;
    if (!end(known, found)) read(known.bytes);
    if (socket.isPaused()) socket.resume();
  };

  const takeWaiting = (): Known | undefined => {
    const known = waiting;
    if (known) owed.release();
    waiting = undefined;
    return known;
  };

  const end = (known: Known, found: UnreadAnswer | undefined): boolean => {
    last = found && known.bytes.length <= MAX_KNOWN_BYTES ? known : undefined;
    if (found) writeAnswer(socket, found);
    else if (!refusing.refuse(known.request, socket)) return false;
    host.count(found ? found.status : refusing.status);
    owed.written(socket);
    unanswered = 0;
    return true;
  };

  const read = (bytes: Buffer) => {
    const before = seen;
    pass(bytes);
    isBetween = seen === before + 1 && lastSeen?.complete === true;
    unanswered = refusing.isNeeded() ? 0 : unanswered + 1;
    if (unanswered === MANY) leave();
  };
  const pass = (bytes: Buffer) => void Reflect.apply(parse, socket, [bytes]);

  const leave = () => {
    socket.off('close', close).off('data', listen);
    // The very same listener: node:http takes it away itself when a connection is upgraded.
    Reflect.apply(socket.on, socket, ['data', parse]);
    onLeave();
  };
  const close = () => {
    if (takeWaiting()) host.count('aborted');
    leave();
  };

  Reflect.apply(socket.off, socket, ['data', parse]);
  socket.on('data', listen).on('close', close);
  return {
    see(request, response) {
      seen++;
      open++;
      lastSeen = request;
      response.on('close', () => open--);
    },
  };
}
