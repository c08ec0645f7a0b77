import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Fault } from '@entrepot/kernel/fault';
import { errorBody, faultHead } from './respond.ts';

/** When, and what, is refused without being read as HTTP. */
export type UnreadRefusals = {
  /** Whether too much is asked for just now. Asked often: it must cost nothing. */
  isNeeded(): boolean;
  /** Whether a POST to one of the paths may be refused by these bytes of its body. */
  mayRefuse(body: Buffer): boolean;
  readonly paths: readonly string[];
  /** What they are answered with. */
  readonly fault: Fault;
  onRefused(): void;
};

type RefuseUnread = {
  /** Every request that was read goes by here. */
  see(request: IncomingMessage, response: ServerResponse): void;
};

type Watched = {
  /** Requests that have been read since it is watched, and of these the ones not answered yet. */
  seen: number;
  open: number;
  last: IncomingMessage | undefined;
};

const END_OF_HEAD = Buffer.from('\r\n\r\n');
const MAX_HEAD_BYTES = 8 * 1024;
/** That many requests in a row that need not be refused: the overload is over, and not only has room for one. */
const MANY = 10;
const LENGTH = /\r\ncontent-length:[ \t]*(\d{1,8})[ \t]*\r\n/i;
/** What would make it another message than it looks like, or want another answer than the usual one. */
const UNUSUAL =
  /\r\n(?:transfer-encoding|content-encoding|expect|upgrade|origin|connection(?![ \t]*:[ \t]*keep-alive[ \t]*\r\n))[ \t]*:/i;

/**
 * In an overload most of the work is to refuse, and most of that is node:http: reading a request and writing an answer there takes more
 * than twice the CPU of doing it here. A connection on which a request has just been refused is listened to in front of the parser. What
 * comes as one piece that is one plain POST is refused as such; with anything else, the parser has its connection back for itself.
 */
export function createRefuseUnread(
  refusals: UnreadRefusals,
  isClosing: () => boolean,
  count: (status: number) => void,
): RefuseUnread {
  const { paths, fault, mayRefuse, onRefused } = refusals;
  const { status } = faultHead(fault);
  const starts = paths.map((path) => `POST ${path} HTTP/1.1\r\n`);
  const plain = answerBytes(fault, 'application/json; charset=utf-8');
  const typed = answerBytes(fault, 'application/graphql-response+json; charset=utf-8');
  const watched = new Map<Socket, Watched>();
  const isNeeded = () => refusals.isNeeded() && !isClosing();

  /** The body and the answer, if the bytes are one plain request from its first to its last. */
  const readWhole = (chunk: Buffer): { body: Buffer; answer: Buffer } | undefined => {
    const end = chunk.indexOf(END_OF_HEAD);
    if (end === -1 || end > MAX_HEAD_BYTES) return undefined;
    const head = chunk.toString('latin1', 0, end + 2);
    const [, length] = LENGTH.exec(head) ?? [];
    if (Number(length) !== chunk.length - end - 4) return undefined;
    if (!starts.some((start) => head.startsWith(start)) || UNUSUAL.test(head)) return undefined;
    return { body: chunk.subarray(end + 4), answer: head.includes('graphql-response+json') ? typed : plain };
  };

  const watch = (socket: Socket) => {
    const [parse, ...others] = socket.listeners('data');
    if (!parse || others.length > 0 || socket.destroyed) return;
    const state: Watched = { seen: 0, open: 0, last: undefined };
    /** Whether the parser is known to be between two messages. */
    let isBetween = false;
    let unneeded = 0;

    const pass = (chunk: Buffer) => void Reflect.apply(parse, socket, [chunk]);
    const leave = () => {
      watched.delete(socket);
      socket.off('close', leave).off('data', listen);
      // The very same listener: node:http takes it away itself when a connection is upgraded.
      Reflect.apply(socket.on, socket, ['data', parse]);
    };
    const listen = (chunk: Buffer) => {
      const isTime = isNeeded();
      unneeded = isTime ? 0 : unneeded + 1;
      const whole = state.open === 0 && unneeded < MANY ? readWhole(chunk) : undefined;
      if (!whole) {
        leave();
        return pass(chunk);
      }
      // A client that takes no answers is left to the parser, which holds it up.
      if (isTime && isBetween && socket.writableLength === 0 && mayRefuse(whole.body)) {
        socket.write(whole.answer);
        count(status);
        return onRefused();
      }
      const { seen } = state;
      pass(chunk);
      isBetween = state.seen === seen + 1 && state.last?.complete === true;
    };
    Reflect.apply(socket.off, socket, ['data', parse]);
    socket.on('data', listen).on('close', leave);
    watched.set(socket, state);
  };

  return {
    see(request, response) {
      const { socket } = request;
      const state = watched.get(socket);
      if (state) {
        state.seen++;
        state.open++;
        state.last = request;
        response.on('close', () => state.open--);
      } else if (isNeeded()) {
        response.on('close', () => {
          if (response.statusCode === status && isNeeded() && !watched.has(socket)) watch(socket);
        });
      }
    },
  };
}

function answerBytes(fault: Fault, contentType: string): Buffer {
  const { status, headers } = faultHead(fault);
  const body = JSON.stringify(errorBody(fault));
  const lines = {
    'content-type': contentType,
    'content-length': String(Buffer.byteLength(body)),
    'x-content-type-options': 'nosniff',
    ...headers,
    connection: 'keep-alive',
  };
  const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${head.join('')}\r\n${body}`);
}
