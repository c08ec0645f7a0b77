import { BlockList, isIP, isIPv6 } from 'node:net';

/** Whose word on `X-Forwarded-For` is believed: so many proxies before us, or those with these addresses. */
export type TrustedProxies = { readonly hops: number } | { readonly networks: readonly string[] };

/** Reads `0`, `2`, or `10.0.0.0/8,::1`. Undefined when it is neither a number nor a list of addresses and networks. */
export function readTrustedProxies(text: string): TrustedProxies | undefined {
  if (/^\d{1,2}$/.test(text)) return { hops: Number(text) };
  const networks = text.split(',').map((part) => part.trim());
  return networks.every(isNetwork) ? { networks } : undefined;
}

function isNetwork(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128));
}

/** Tells the address of whoever asks, from the connection's and from what trusted proxies say of theirs. */
export function createClientAddress(
  trusted: TrustedProxies,
): (connection: string | undefined, forwardedFor: string | undefined) => string {
  const isTrusted = 'hops' in trusted ? undefined : createMatcher(trusted.networks);
  return (connection, forwardedFor) => {
    let address = plain(connection ?? '') ?? 'unknown';
    // Each proxy adds at the end whom it was asked by; what stands before the first one we trust is anybody's invention.
    const named = forwardedFor === undefined ? [] : forwardedFor.split(',').slice(-MAX_NAMED).reverse();
    for (let hop = 0; hop < named.length; hop++) {
      if (isTrusted ? !isTrusted(address) : 'hops' in trusted && hop >= trusted.hops) break;
      const next = plain(named[hop] ?? '');
      if (next === undefined) break;
      address = next;
    }
    return address;
  };
}

/** Addresses that are looked at in one header; headers are 16 KiB at most. */
const MAX_NAMED = 1_000;

function createMatcher(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    list.addSubnet(address, prefix === undefined ? (family === 'ipv4' ? 32 : 128) : Number(prefix), family);
  }
  return (address) => isIP(address) !== 0 && list.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/** An address without port, brackets, zone, and without the clothes of IPv6 around one of IPv4. */
function plain(text: string): string | undefined {
  const bare = text
    .trim()
    .replace(/^\[([^\]]*)\](:\d+)?$/, '$1')
    .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1');
  const address = bare.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/i, '');
  return isIP(address) === 0 ? undefined : address;
}

/** What one household or machine has at least: a single address of IPv4, a network of 64 bits of IPv6. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.toLowerCase().split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  // An address that ends in IPv4's notation has one part less for the same bits.
  const length = 8 - (address.includes('.') ? 1 : 0);
  const zeros: string[] = Array.from({ length: Math.max(0, length - before.length - after.length) }, () => '0');
  const parts = tail === undefined ? before : [...before, ...zeros, ...after];
  return `${parts
    .slice(0, 4)
    .map((part) => part.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}
