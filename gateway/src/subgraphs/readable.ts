import type { HttpResponse } from './http1/response-reader.ts';

const JSON_TYPE = /^application\/(graphql-response\+)?json[ \t]*(;|$)/i;

/** Whether a response can hold a GraphQL answer at all: a redirection, a page of a proxy or anything compressed cannot. */
export function isReadable({ status, contentType, isEncoded }: HttpResponse): boolean {
  if (isEncoded || (status >= 300 && status < 400)) return false;
  // Some servers name no type. One that names another sends something else, whatever it looks like.
  return contentType === undefined || JSON_TYPE.test(contentType);
}
