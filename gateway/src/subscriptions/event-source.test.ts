import { Cancellation } from '@entrepot/kernel/cancellation';
import { expect, it } from 'vitest';
import { createFromEventSource } from './event-source.ts';

const fromEventSource = createFromEventSource(['https://shop.example']);
const asking = (headers: Record<string, string>, method: 'GET' | 'POST' = 'GET') =>
  fromEventSource({
    method,
    search: '?query=subscription{a}',
    headers: { host: 'api.example', accept: 'text/event-stream', ...headers },
    bytes: Buffer.alloc(0),
    address: '127.0.0.1',
    signal: () => new Cancellation(),
  });

it.each([
  ['a page of an allowed origin', { origin: 'https://shop.example', 'sec-fetch-site': 'cross-site' }],
  ['a page of our own', { 'sec-fetch-site': 'same-origin' }],
  ['a page of our own that says where it is', { origin: 'https://api.example', 'sec-fetch-site': 'same-origin' }],
  ['whoever typed the address', { 'sec-fetch-site': 'none' }],
  ['a program that is no browser', {}],
])('%s may ask', (_, headers) => {
  expect(asking(headers)).toBe(true);
});

it.each([
  ['a page of another origin', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
  ['a page of another origin on an old browser', { origin: 'https://evil.example' }],
  ['a page that hides its origin', { origin: 'null' }],
  ['a page of another site that wants no answer', { 'sec-fetch-site': 'cross-site' }],
  ['a page of a neighbour', { 'sec-fetch-site': 'same-site' }],
  ['what takes anything, as an image does', { accept: 'image/*,*/*' }],
])('%s may not', (_, headers) => {
  expect(asking(headers)).toBe(false);
});

it('a POST has its own proof', () => {
  expect(asking({}, 'POST')).toBe(false);
});
