import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Fault } from '@entrepot/kernel/fault';
import type { PlainRequest } from './plain-request.ts';
import { errorBody, faultHead } from './respond.ts';

/** When, and what, is refused without being read as HTTP. */
export type UnreadRefusals = {
  /** Whether too much is asked for just now. Asked often: it must cost nothing. */
  isNeeded(): boolean;
  /** Whether a request may be refused by these bytes of its body. */
  mayRefuse(body: Buffer): boolean;
  /** What they are answered with. */
  readonly fault: Fault;
  onRefused(): void;
};

export type RefuseUnread = {
  isNeeded(): boolean;
  /** Returns whether it did. */
  refuse(request: PlainRequest, socket: Socket): boolean;
  /** That of what is refused, read or unread. */
  readonly status: number;
};

/** In an overload most of the work is to refuse, and most of that is node:http. */
export function createRefuseUnread({ isNeeded, mayRefuse, fault, onRefused }: UnreadRefusals): RefuseUnread {
  const plain = answerBytes(fault, 'application/json; charset=utf-8');
  const typed = answerBytes(fault, 'application/graphql-response+json; charset=utf-8');
  return {
    status: faultHead(fault).status,
    isNeeded,
    refuse({ headers: { accept }, body }, socket) {
      if (!isNeeded() || !mayRefuse(body)) return false;
      socket.write(accept?.includes('graphql-response+json') ? typed : plain);
      onRefused();
      return true;
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
