import type { Unread } from '@entrepot/http/before-parser';
import type { UnreadAnswer } from '@entrepot/http/write-answer';
import type { AtOnce, Kept } from './answer-at-once.ts';
import { HEADERS } from './operations/answers.ts';
import { ALWAYS } from './server.ts';

/** Kept answers to requests that node:http has not read; as `server.ts` writes them to those that it has. */
export function createWayTo({ wayTo }: Pick<AtOnce, 'wayTo'>): NonNullable<Unread['wayTo']> {
  return ({ headers, body: bytes }, address) => {
    // Whoever takes streams, too, may have asked for one.
    if (headers.accept !== undefined && STREAMS.test(headers.accept)) return undefined;
    const way = wayTo({ method: 'POST', headers, bytes, search: '', address });
    if (!way) return undefined;
    return (later) => {
      const kept = way((found) => later(found && unread(found)));
      return typeof kept === 'object' ? unread(kept) : kept;
    };
  };
}

const STREAMS = /multipart|event-stream/i;

function unread({ mediaType, body, tail = '', limits }: Kept): UnreadAnswer {
  return { status: 200, head: limits ? HEADS[mediaType] + linesOf(limits) : HEADS[mediaType], body, tail };
}

const HEADS: Readonly<Record<Kept['mediaType'], string>> = {
  'application/json; charset=utf-8': headOf('application/json; charset=utf-8'),
  'application/graphql-response+json; charset=utf-8': headOf('application/graphql-response+json; charset=utf-8'),
};

function headOf(mediaType: Kept['mediaType']): string {
  return linesOf(ALWAYS) + linesOf(HEADERS[mediaType]);
}

function linesOf(headers: Readonly<Record<string, string>>): string {
  let lines = '';
  for (const name in headers) lines += `${name}: ${headers[name]}\r\n`;
  return lines;
}
