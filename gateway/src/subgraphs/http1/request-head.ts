import { NoResponse } from '../no-response.ts';

/** Everything but what ends a line or could be taken for its end by anybody. */
const VALUE = /^[\t\x20-\x7e]*$/;
const HOST_AND_PATH = /^[\x21-\x7e]+$/;

/** The lines that all requests to one place begin with. @throws Error when one of them could not stand in a head */
export function createHeadPrefix(
  { host, path }: { host: string; path: string },
  credential: string | undefined,
): string {
  if (!HOST_AND_PATH.test(host) || !HOST_AND_PATH.test(path)) throw new Error('the URL cannot stand in a request');
  const lines = [
    `POST ${path} HTTP/1.1`,
    `host: ${host}`,
    'content-type: application/json',
    'accept: application/json',
    // A compressed answer could be of any size once it is unpacked, and costs more than a network within a data centre.
    'accept-encoding: identity',
  ];
  return `${lines.join('\r\n')}\r\n${headLine('x-gateway-credential', credential)}`;
}

/** The question of a health check: whether what is at this path answers with a success. @throws Error as above */
export function createGetHead(host: string, path: string): string {
  if (!HOST_AND_PATH.test(host) || !HOST_AND_PATH.test(path)) throw new Error('the URL cannot stand in a request');
  return `GET ${path} HTTP/1.1\r\nhost: ${host}\r\naccept-encoding: identity\r\n\r\n`;
}

/** One line of a head with its end; nothing for no value. @throws NoResponse when the value cannot stand in a head */
export function headLine(name: string, value: string | undefined): string {
  if (value === undefined) return '';
  if (VALUE.test(value)) return `${name}: ${value}\r\n`;
  throw new NoResponse('unavailable', `${name} has a value that cannot be sent`, { isUnsent: true });
}

/** `lines`: what a head has besides, by `headLine`. */
export const createHead = (
  prefix: string,
  { lines, deadline }: { lines: string; deadline: number },
  bodyBytes: number,
) => `${prefix}content-length: ${bodyBytes}\r\nx-request-deadline: ${deadline}\r\n${lines}\r\n`;
