/** How a subgraph is asked for streams. */
export type StreamWay = {
  readonly protocol: 'sse' | 'multipart' | 'websocket';
  /** As `readPlace` reads it; undefined when it is where the subgraph is asked for everything else. */
  readonly place: string | undefined;
};

/** What most servers serve beside everything else. */
export const USUAL: StreamWay = { protocol: 'sse', place: undefined };

/**
 * Reads `ws`, `sse` or `multipart`; or where else it is, as `ws://…`, `http://…` (server-sent events) or `multipart+http://…`,
 * several with `|` between them. Undefined for anything else.
 */
export function readStreamWay(text: string): StreamWay | undefined {
  if (text === 'ws') return { protocol: 'websocket', place: undefined };
  if (text === 'sse' || text === 'multipart') return { protocol: text, place: undefined };
  const [, isMultipart, place = ''] = /^(multipart\+)?(.*)$/s.exec(text) ?? [];
  const urls = place.split('|').map((url) => URL.parse(url));
  const areOf = (...protocols: string[]) => urls.every((url) => url !== null && protocols.includes(url.protocol));
  if (areOf('http:', 'https:')) return { protocol: isMultipart ? 'multipart' : 'sse', place };
  // The same places, by the protocol that a WebSocket begins with.
  if (areOf('ws:', 'wss:') && !isMultipart)
    return { protocol: 'websocket', place: place.replace(/(^|\|)ws/g, '$1http') };
  return undefined;
}
