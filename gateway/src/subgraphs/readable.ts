import type { HttpResponse } from './http1/response-reader.ts';

const USUAL_TYPES = new Set([
  'application/json',
  'application/json; charset=utf-8',
  'application/graphql-response+json',
]);
const JSON_TYPE = /^application\/(graphql-response\+)?json[ \t]*(;|$)/i;

/** Whether a response can hold a GraphQL answer at all: a redirection, a page of a proxy or anything compressed cannot. */
export function isReadable({ status, contentType, isEncoded }: HttpResponse): boolean {
  if (isEncoded || (status >= 300 && status < 400)) return false;
  // Some servers name no type. One that names another sends something else, whatever it looks like.
  return contentType === undefined || USUAL_TYPES.has(contentType) || JSON_TYPE.test(contentType);
}
