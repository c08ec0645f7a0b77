import type { Incoming } from '../operations/http-request.ts';

export type FromEventSource = (incoming: Incoming) => boolean;

/**
 * Whether a GET may be a subscription of a browser's `EventSource`, which can send no header that would prove anything. What
 * browsers say of a request by themselves has to tell that a page of our own asked, or one that may read the answer. A
 * request that says nothing is no browser's, or one that got neither our content nor anybody's authority: nothing is
 * changed by a subscription.
 */
export function createFromEventSource(origins: readonly string[]): FromEventSource {
  const allowed = new Set(origins);
  return ({ method, headers: { accept = '', origin, host, 'sec-fetch-site': site } }) => {
    if (method !== 'GET' || accept.trim().toLowerCase() !== 'text/event-stream') return false;
    if (origin !== undefined) return allowed.has(origin) || URL.parse(origin)?.host === host;
    return site === undefined || site === 'same-origin' || site === 'none';
  };
}
