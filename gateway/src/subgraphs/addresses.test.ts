import { expect, it } from 'vitest';
import { readPlace } from './addresses.ts';

const listed = (text: string) => {
  const place = readPlace('users', text);
  return place.kind === 'list' ? place.addresses : undefined;
};

it('reads one URL and several', () => {
  expect(listed('http://a:4001/graphql?k=v')).toEqual([
    {
      key: 'a:4001/graphql?k=v',
      target: { host: 'a', port: 4001, tlsName: undefined },
      host: 'a:4001',
      path: '/graphql?k=v',
    },
  ]);
  expect(listed('http://a|https://b|http://[::1]:5')?.map(({ target }) => target)).toEqual([
    { host: 'a', port: 80, tlsName: undefined },
    { host: 'b', port: 443, tlsName: 'b' },
    { host: '::1', port: 5, tlsName: undefined },
  ]);
});

it('knows each replica once', () => {
  expect(listed('http://a:1/|http://a:1')).toHaveLength(1);
});

it('finds all addresses of a name, and asks them by that name', async () => {
  const place = readPlace('users', 'dns+https://users.local:4001/graphql', async (name) =>
    name === 'users.local' ? [{ address: '10.0.0.1' }, { address: 'fd00::2' }] : [],
  );
  expect(place.kind === 'dns' && (await place.resolve())).toEqual([
    {
      key: '10.0.0.1:4001/graphql',
      target: { host: '10.0.0.1', port: 4001, tlsName: 'users.local' },
      host: 'users.local:4001',
      path: '/graphql',
    },
    {
      key: '[fd00::2]:4001/graphql',
      target: { host: 'fd00::2', port: 4001, tlsName: 'users.local' },
      host: 'users.local:4001',
      path: '/graphql',
    },
  ]);
});

it.each(['', 'users', 'ftp://x', 'http://a|', 'dns+', 'dns+ftp://x'])(
  'refuses %j, and says where to name one',
  (text) => {
    expect(() => readPlace('users', text)).toThrow('SUBGRAPH_URLS');
  },
);
