import { traceparent } from '@entrepot/telemetry/trace';
import { type Address, type Place, readPlace } from '../addresses.ts';
import { createBodies } from '../request-body.ts';
import { openHttpStream } from './http-stream.ts';
import { createSocketStreams } from './socket-streams.ts';
import { lost, type OpenStream, type StreamCall, type StreamHeaders } from './stream.ts';
import { type StreamWay, USUAL } from './stream-way.ts';

export type StreamsOptions = {
  /** By name, for those that are not where the supergraph says. */
  urls: ReadonlyMap<string, string>;
  ways: ReadonlyMap<string, StreamWay>;
  credential: string | undefined;
  timeoutMs: number;
  heartbeatMs: number;
};

export type Streams = { open: OpenStream; close(): void };

/** Opens subscriptions in subgraphs: by server-sent events, multipart or WebSocket, at one of the addresses of each. */
export function createStreams({ urls, ways, credential, timeoutMs, heartbeatMs }: StreamsOptions): Streams {
  const sockets = createSocketStreams({ timeoutMs, heartbeatMs });
  const bodyOf = createBodies();

  return {
    open(asked, sink) {
      const { subgraph, url, call } = asked;
      const { protocol, place } = ways.get(subgraph) ?? USUAL;
      const headers = headersOf(asked, credential);
      const body = bodyOf(call);
      let close = () => {};
      let isClosed = false;
      const open = (address: Address) => {
        if (isClosed) return;
        if (protocol === 'websocket') close = sockets.open({ address, headers, payload: payloadOf(asked) }, sink);
        else close = openHttpStream({ address, headers: traced(headers), body, protocol, timeoutMs }, sink);
      };
      const find = async () => addressIn(readPlace(subgraph, place ?? urls.get(subgraph) ?? url));
      find().then(open, (error: unknown) => {
        if (!isClosed) sink.ended(lost(error instanceof Error ? error.message : String(error)));
      });
      return () => {
        isClosed = true;
        close();
      };
    },
    close: sockets.close,
  };
}

async function addressIn(place: Place): Promise<Address> {
  const addresses = place.kind === 'list' ? place.addresses : await place.resolve();
  const address = addresses[Math.floor(Math.random() * addresses.length)];
  if (!address) throw new Error('no address is known');
  return address;
}

/** As every request to a subgraph has them. */
function headersOf({ call: { context } }: StreamCall, credential: string | undefined): StreamHeaders {
  const { viewer, authorization } = context;
  return {
    ...(credential !== undefined && { 'x-gateway-credential': credential }),
    ...(viewer !== undefined && { 'x-viewer': viewer }),
    ...(authorization !== undefined && { authorization }),
  };
}

/** Not for a connection that several share. */
function traced(headers: StreamHeaders): StreamHeaders {
  const trace = traceparent();
  return trace === undefined ? headers : { ...headers, traceparent: trace };
}

function payloadOf({ call: { query, operationName, variables } }: StreamCall) {
  return { query, variables: JSON.parse(variables), ...(operationName !== undefined && { operationName }) };
}
