import { expect, it } from 'vitest';
import { createHead, createHeadPrefix, headLine } from './request-head.ts';

const prefix = createHeadPrefix({ host: 'users:4001', path: '/graphql?a=b' }, 'secret');
it('is the lines of its place and those of the request', () => {
  const lines = headLine('x-viewer', 'v') + headLine('authorization', undefined) + headLine('traceparent', '00-1-2-01');
  expect(createHead(prefix, { lines, deadline: 1_000 }, 42)).toBe(
    [
      'POST /graphql?a=b HTTP/1.1',
      'host: users:4001',
      'content-type: application/json',
      'accept: application/json',
      'accept-encoding: identity',
      'x-gateway-credential: secret',
      'content-length: 42',
      'x-request-deadline: 1000',
      'x-viewer: v',
      'traceparent: 00-1-2-01',
      '',
      '',
    ].join('\r\n'),
  );
});

it.each(['a\r\nx-viewer: admin', 'a\nb', 'a\rb', 'a\0b', 'a\u0161\u010d', 'a\u560d\u560a'])(
  'lets no value end its line: %j',
  (value) => {
    expect(() => headLine('x-viewer', value)).toThrow('cannot be sent');
    expect(() => createHeadPrefix({ host: 'h', path: '/' }, value)).toThrow('cannot be sent');
    expect(() => createHeadPrefix({ host: 'h', path: `/${value}` }, undefined)).toThrow('cannot stand');
  },
);
