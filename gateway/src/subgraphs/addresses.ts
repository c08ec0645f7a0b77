import { lookup } from 'node:dns/promises';
import { isIPv6 } from 'node:net';
import type { Target } from './http1/connection.ts';

/** One replica: where its connections go, and how its requests name it. */
export type Address = { readonly key: string; readonly target: Target; readonly host: string; readonly path: string };

/** Where a subgraph is: at these addresses, or at all that a name has. */
export type Place =
  | { readonly kind: 'list'; readonly addresses: readonly Address[] }
  | { readonly kind: 'dns'; resolve(): Promise<readonly Address[]> };

type Lookup = (name: string) => Promise<readonly { address: string }[]>;
const lookupAll: Lookup = (name) => lookup(name, { all: true });

/** More replicas of one subgraph than anybody runs; a name that has more is broken. */
const MAX_ADDRESSES = 256;

/**
 * Reads `http://a:1/graphql`, several of these with `|` between them, or `dns+http://name:1/graphql`.
 * @throws Error when it is none of them
 */
export function readPlace(subgraph: string, text: string, find: Lookup = lookupAll): Place {
  if (text.startsWith('dns+')) {
    const url = readUrl(subgraph, text.slice('dns+'.length));
    return {
      kind: 'dns',
      async resolve() {
        const found = await find(url.hostname);
        return found.slice(0, MAX_ADDRESSES).map(({ address }) => addressOf(url, address));
      },
    };
  }
  const addresses = text.split('|').map((part) => {
    const url = readUrl(subgraph, part);
    return addressOf(url, url.hostname.replace(/^\[(.*)\]$/, '$1'));
  });
  return { kind: 'list', addresses: [...new Map(addresses.map((address) => [address.key, address])).values()] };
}

function readUrl(subgraph: string, text: string): URL {
  const url = URL.parse(text);
  if (url && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  throw new Error(
    `the subgraph ${subgraph} has no http:// URL ('${text}'): give one in the supergraph or in SUBGRAPH_URLS`,
  );
}

function addressOf(url: URL, ip: string): Address {
  const isTls = url.protocol === 'https:';
  const port = Number(url.port || (isTls ? 443 : 80));
  const path = `${url.pathname}${url.search}`;
  return {
    key: `${isIPv6(ip) ? `[${ip}]` : ip}:${port}${path}`,
    target: { host: ip, port, tlsName: isTls ? url.hostname : undefined },
    host: url.host,
    path,
  };
}
