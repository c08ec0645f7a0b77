import type { Unread } from '@entrepot/http/before-parser';
import type { AtOnce, Kept } from './answer-at-once.ts';
import { HEADERS } from './operations/answers.ts';
import { ALWAYS } from './server.ts';

/** Kept answers to requests that node:http has not read; as `server.ts` writes them to those that it has. */
export function createWayTo({ wayTo }: Pick<AtOnce, 'wayTo'>): NonNullable<Unread['wayTo']> {
  const heads = {
    'application/json; charset=utf-8': startOf('application/json; charset=utf-8'),
    'application/graphql-response+json; charset=utf-8': startOf('application/graphql-response+json; charset=utf-8'),
  };
  return ({ headers, body: bytes }, address) => {
    // Whoever takes streams, too, may have asked for one.
    if (headers.accept !== undefined && STREAMS.test(headers.accept)) return undefined;
    const way = wayTo({ method: 'POST', headers, bytes, address });
    return (
      way &&
      (() => {
        const kept = way();
        if (!kept) return undefined;
        const { mediaType, body, tail = '', limits } = kept;
        return { status: 200, head: limits ? heads[mediaType] + linesOf(limits) : heads[mediaType], body, tail };
      })
    );
  };
}

const STREAMS = /multipart|event-stream/i;

const startOf = (mediaType: Kept['mediaType']) => linesOf(ALWAYS) + linesOf(HEADERS[mediaType]);

function linesOf(headers: Readonly<Record<string, string>>): string {
  let lines = '';
  for (const name in headers) lines += `${name}: ${headers[name]}\r\n`;
  return lines;
}
