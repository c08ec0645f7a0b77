import { codesOf, FOLLOW } from '@entrepot/testing/live-clients';
import { describe, expect, it } from 'vitest';
import { type ChatProtocol, startChat } from './chat.ts';

const MESSAGES = `subscription ($room: ID!) {
  messageSent(room: $room) { __typename id text ...Who room { __typename topic } }
}
fragment Who on Message { __typename author { __typename name } }`;
const SEEN = 'subscription ($room: ID!) { messageSeen(room: $room) { id author { name } } }';
const WAIT = { timeout: 10_000 };

const answer = (id: string, text = 'hello', author = 'ann') => ({
  messageSent: {
    __typename: 'Message',
    id,
    text,
    author: { __typename: 'Person', name: `Name of ${author}` },
    room: { __typename: 'Room', topic: 'weather' },
  },
});

describe.each<ChatProtocol>(['sse', 'multipart', 'websocket'])('a subgraph that streams by %s', (protocol) => {
  it('is subscribed to, and each of its events is completed by the other subgraphs', async () => {
    const { url, running, chat, send, metric } = await startChat(protocol);
    const following = [FOLLOW.sse, FOLLOW.multipart, FOLLOW.websocket].map((follow) =>
      follow(url, { query: MESSAGES, variables: { room: 'a' } }),
    );
    await expect.poll(running, WAIT).toBe(3);
    await expect.poll(() => chat.seen.subscribers, WAIT).toBe(1);
    send('a', { id: 'a-1', text: 'hello', author: 'ann' });
    send('b', { id: 'b-1', text: 'elsewhere', author: 'ann' });
    send('a', { id: 'a-2', text: 'again', author: 'eve' });
    for (const one of following)
      await expect.poll(() => one.data, WAIT).toEqual([answer('a-1'), answer('a-2', 'again', 'eve')]);
    expect(following.flatMap(({ errors }) => errors)).toEqual([]);
    expect(await metric('subscription_upstreams_open')).toBe(1);
    for (const one of following) one.stop();
    await expect.poll(() => chat.seen.subscribers, WAIT).toBe(0);
    expect(await running()).toBe(0);
    await expect.poll(() => metric('subscription_upstreams_open')).toBe(0);
  });

  it('ends it when there is nothing more to come', async () => {
    const { url, metric } = await startChat(protocol);
    const following = FOLLOW.sse(url, { query: 'subscription { countdown(from: 2) }' });
    await expect.poll(() => following.isOver, WAIT).toBe(true);
    expect(following).toMatchObject({ data: [{ countdown: 2 }, { countdown: 1 }, { countdown: 0 }], errors: [] });
    expect(await metric('subscriptions_ended_total', { reason: 'complete' })).toBe(1);
  });

  it('learns who asks, and only subscribers who are the same to it share a stream', async () => {
    const { url, chat, running } = await startChat(protocol);
    const asked = { query: MESSAGES, variables: { room: 'a' } };
    for (const authorization of ['Basic one', 'Basic one', 'Basic two', undefined])
      FOLLOW.sse(url, { ...asked, authorization });
    await expect.poll(running, WAIT).toBe(4);
    await expect.poll(() => chat.seen.subscribers, WAIT).toBe(3);
    const me = FOLLOW.sse(url, { query: 'subscription { me }', authorization: 'Basic one' });
    await expect.poll(() => me.data, WAIT).toEqual([{ me: '[false,"Basic one"]' }]);
    expect(chat.seen.headers.every((headers) => headers['x-gateway-credential'] !== undefined)).toBe(true);
  });

  it('and refuses is told with a code, without its words', async () => {
    const { url } = await startChat(protocol);
    const following = FOLLOW.sse(url, { query: 'subscription { refused }' });
    await expect.poll(() => following.isOver, WAIT).toBe(true);
    expect(codesOf(following)).toEqual(['INTERNAL_SERVER_ERROR']);
    expect(JSON.stringify(following.errors)).not.toContain('secret');
  });

  it('and breaks off is the end, with a code, because what came meanwhile is not known', async () => {
    const { url, chat, cut, metric, send } = await startChat(protocol);
    const following = FOLLOW.sse(url, { query: MESSAGES, variables: { room: 'a' } });
    await expect.poll(() => chat.seen.subscribers, WAIT).toBe(1);
    send('a', { id: 'a-1', text: 'hello', author: 'ann' });
    await expect.poll(() => following.data, WAIT).toHaveLength(1);
    cut();
    await expect.poll(() => codesOf(following), WAIT).toEqual(['EVENTS_MISSED']);
    expect(await metric('subscription_upstreams_ended_total', { outcome: 'lost' })).toBe(1);
    expect(await metric('subscription_upstreams_open')).toBe(0);
    const again = FOLLOW.sse(url, { query: MESSAGES, variables: { room: 'a' } });
    await expect.poll(() => chat.seen.subscribed, WAIT).toBe(2);
    send('a', { id: 'a-2', text: 'hello', author: 'ann' });
    await expect.poll(() => again.data, WAIT).toEqual([answer('a-2')]);
  });
});

describe('an event of a subgraph', () => {
  it('whose rest cannot be read is told with what is known, and the error', async () => {
    const { url, people, chat, send } = await startChat('sse');
    const seen = FOLLOW.websocket(url, { query: SEEN, variables: { room: 'a' } });
    await expect.poll(() => chat.seen.subscribers, WAIT).toBe(1);
    people.fault = (response) => response.writeHead(503).end();
    send('a', { id: 'a-1', text: 'hello', author: 'ann' });
    await expect.poll(() => codesOf(seen), WAIT).toEqual(['UNAVAILABLE']);
    people.fault = undefined;
    send('a', { id: 'a-2', text: 'hello', author: 'ann' });
    await expect.poll(() => seen.data, WAIT).toHaveLength(2);
    expect(seen.data).toEqual([{ messageSeen: null }, { messageSeen: { id: 'a-2', author: { name: 'Name of ann' } } }]);
  });

  it('that its schema does not allow is an error with a path, and no end', async () => {
    const { url, chat, send } = await startChat('sse');
    const following = FOLLOW.websocket(url, { query: MESSAGES, variables: { room: 'a' } });
    await expect.poll(() => chat.seen.subscribers, WAIT).toBe(1);
    send('a', { id: 'a-1', text: null, author: 'ann' });
    await expect
      .poll(() => following.errors, WAIT)
      .toMatchObject([{ path: ['messageSent', 'text'], extensions: { code: 'INTERNAL_SERVER_ERROR' } }]);
    send('a', { id: 'a-2', text: 'hello', author: 'ann' });
    await expect.poll(() => following.data, WAIT).toEqual([answer('a-2')]);
  });

  it('is read for all who ask the same in one go', async () => {
    const { url, chat, people, running, send } = await startChat('sse');
    const following = Array.from({ length: 20 }, () =>
      FOLLOW.websocket(url, { query: MESSAGES, variables: { room: 'a' } }),
    );
    await expect.poll(running, WAIT).toBe(20);
    await expect.poll(() => chat.seen.subscribers, WAIT).toBe(1);
    const before = people.requests.length;
    send('a', { id: 'a-1', text: 'hello', author: 'ann' });
    for (const one of following) await expect.poll(() => one.data, WAIT).toEqual([answer('a-1')]);
    expect(people.requests.length - before).toBe(1);
  });
});
