import { expect, it } from 'vitest';
import { readStreamWay } from './stream-way.ts';

it.each([
  ['ws', { protocol: 'websocket', place: undefined }],
  ['multipart', { protocol: 'multipart', place: undefined }],
  ['ws://a:1/x|wss://b/ws', { protocol: 'websocket', place: 'http://a:1/x|https://b/ws' }],
  ['https://a/stream', { protocol: 'sse', place: 'https://a/stream' }],
  ['multipart+http://a', { protocol: 'multipart', place: 'http://a' }],
  ['', undefined],
  ['websocket', undefined],
  ['ftp://a', undefined],
  ['multipart+ws://a', undefined],
  ['ws://a|http://b', undefined],
])('%s', (text, way) => {
  expect(readStreamWay(text)).toEqual(way);
});
