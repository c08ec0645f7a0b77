import { describe, expect, it } from 'vitest';
import { createClientAddress, networkOf, readTrustedProxies } from './client-address.ts';

const trust = (text: string) => {
  const trusted = readTrustedProxies(text);
  if (!trusted) throw new Error(`not understood: ${text}`);
  return createClientAddress(trusted);
};

describe('the address of a client', () => {
  it.each([
    ['0', '9.9.9.9', '1.1.1.1', '9.9.9.9'],
    ['1', '9.9.9.9', '1.1.1.1', '1.1.1.1'],
    ['1', '9.9.9.9', '6.6.6.6, 1.1.1.1', '1.1.1.1'],
    ['2', '9.9.9.9', '6.6.6.6, 1.1.1.1, 8.8.8.8', '1.1.1.1'],
    ['2', '9.9.9.9', '1.1.1.1', '1.1.1.1'],
    ['1', '9.9.9.9', undefined, '9.9.9.9'],
    ['10.0.0.0/8', '10.1.2.3', '6.6.6.6, 1.1.1.1', '1.1.1.1'],
    ['10.0.0.0/8', '10.1.2.3', '6.6.6.6, 1.1.1.1, 10.9.9.9', '1.1.1.1'],
    ['10.0.0.0/8', '9.9.9.9', '1.1.1.1', '9.9.9.9'],
    ['10.0.0.0/8', '10.1.2.3', '10.4.4.4', '10.4.4.4'],
    ['10.0.0.0/8,::1', '::1', '2001:db8::7', '2001:db8::7'],
    ['fd00::/8', 'fd12::1', '1.1.1.1', '1.1.1.1'],
    ['127.0.0.1', '::ffff:127.0.0.1', '1.1.1.1:4711', '1.1.1.1'],
    ['127.0.0.1', '127.0.0.1', '[2001:db8::7]:4711', '2001:db8::7'],
    ['127.0.0.1', '127.0.0.1', '1.1.1.1, unknown', '127.0.0.1'],
    ['127.0.0.1', '127.0.0.1', ',,', '127.0.0.1'],
    ['0', undefined, undefined, 'unknown'],
  ])('when %j are trusted, from %s by %j is %s', (trusted, connection, forwardedFor, address) => {
    expect(trust(trusted)(connection, forwardedFor)).toBe(address);
  });

  it.each(['', 'proxy', '10.0.0.0/33', '::/129', '10.0.0.0/8/8', '10.0.0.0/', '1.2.3.4;5.6.7.8', '-1', '100'])(
    'cannot be had from a trust in %j',
    (text) => {
      expect(readTrustedProxies(text)).toBeUndefined();
    },
  );
});

it.each([
  ['1.2.3.4', '1.2.3.4'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:0001:2:ffff::', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['::', '0:0:0:0::/64'],
  ['64:ff9b::1.2.3.4', '64:ff9b:0:0::/64'],
  ['unknown', 'unknown'],
])('%s shares its budget with all of %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});
