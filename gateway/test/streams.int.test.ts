import { once } from 'node:events';
import { request } from 'node:http';
import { codesOf, FOLLOW } from '@entrepot/testing/live-clients';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type ChatProtocol, startChat } from './chat.ts';
import { bearer, startIssuer } from './fixture.ts';

const MESSAGES = `subscription ($room: ID!) {
  messageSent(room: $room) { __typename id text ...Who room { __typename topic } }
}
fragment Who on Message { __typename author { __typename name } }`;
const SEEN = 'subscription ($room: ID!) { messageSeen(room: $room) { id author { name } } }';
const WAIT = { timeout: 20_000 };

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

  it('learns who asks; its end is the end, and its refusal is told with a code, without its words', async () => {
    const { url, chat, running, metric } = await startChat(protocol);
    const asked = { query: MESSAGES, variables: { room: 'a' } };
    for (const authorization of ['Basic one', 'Basic one', 'Basic two', undefined])
      FOLLOW.sse(url, { ...asked, authorization });
    await expect.poll(running, WAIT).toBe(4);
    // Only who is the same to it shares a stream.
    await expect.poll(() => chat.seen.subscribers, WAIT).toBe(3);
    const me = FOLLOW.sse(url, { query: 'subscription { me }', authorization: 'Basic one' });
    await expect.poll(() => me.data, WAIT).toEqual([{ me: '[false,"Basic one"]' }]);
    expect(chat.seen.headers.every((headers) => headers['x-gateway-credential'] !== undefined)).toBe(true);

    const countdown = FOLLOW.sse(url, { query: 'subscription { countdown(from: 2) }' });
    await expect.poll(() => countdown.isOver, WAIT).toBe(true);
    expect(countdown).toMatchObject({ data: [{ countdown: 2 }, { countdown: 1 }, { countdown: 0 }], errors: [] });
    expect(await metric('subscriptions_ended_total', { reason: 'complete' })).toBe(2);

    const refused = FOLLOW.sse(url, { query: 'subscription { refused }' });
    await expect.poll(() => refused.isOver, WAIT).toBe(true);
    expect(codesOf(refused)).toEqual(['INTERNAL_SERVER_ERROR']);
    expect(JSON.stringify(refused.errors)).not.toContain('secret');
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
  it('whose rest cannot be read, or that its schema does not allow, is an error with what is known, and no end', async () => {
    const { url, people, chat, send } = await startChat('sse');
    const seen = FOLLOW.websocket(url, { query: SEEN, variables: { room: 'a' } });
    const messages = FOLLOW.websocket(url, { query: MESSAGES, variables: { room: 'b' } });
    await expect.poll(() => chat.seen.subscribers, WAIT).toBe(2);
    people.fault = (response) => response.writeHead(503).end();
    send('a', { id: 'a-1', text: 'hello', author: 'ann' });
    await expect.poll(() => codesOf(seen), WAIT).toEqual(['UNAVAILABLE']);
    people.fault = undefined;
    send('a', { id: 'a-2', text: 'hello', author: 'ann' });
    await expect.poll(() => seen.data, WAIT).toHaveLength(2);
    expect(seen.data).toEqual([{ messageSeen: null }, { messageSeen: { id: 'a-2', author: { name: 'Name of ann' } } }]);

    send('b', { id: 'b-1', text: null, author: 'ann' });
    await expect
      .poll(() => messages.errors, WAIT)
      .toMatchObject([{ path: ['messageSent', 'text'], extensions: { code: 'INTERNAL_SERVER_ERROR' } }]);
    send('b', { id: 'b-2', text: 'hello', author: 'ann' });
    await expect.poll(() => messages.data, WAIT).toEqual([answer('b-2')]);
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

describe('a subscriber of a stream', () => {
  it('is refused before it begins when it asks for what cannot be', async () => {
    const { url, chat, running, metric } = await startChat('sse');
    for (const [query, code] of [
      ['subscription { messageSent(room: "a") { size } }', 'GRAPHQL_VALIDATION_FAILED'],
      ['subscription ($room: ID!) { messageSent(room: $room) { id } }', 'BAD_USER_INPUT'],
      ['subscription { messageSent(room: "a") { id ... @defer { text } } }', 'BAD_REQUEST'],
    ] as const) {
      const following = FOLLOW.sse(url, { query });
      await expect.poll(() => codesOf(following), WAIT).toEqual([code]);
    }
    expect([await running(), chat.seen.subscribed]).toEqual([0, 0]);
    expect(await metric('subscriptions_refused_total')).toBeGreaterThan(0);
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: 'subscription { countdown(from: 1) }' }),
    });
    expect(await answer.json()).toMatchObject({ errors: [{ extensions: { code: 'NOT_ACCEPTABLE' } }] });
  });

  it('is told what it is authorized to see', async () => {
    const issuer = await startIssuer();
    const { url, chat, running, send } = await startChat('sse', { JWKS_URL: issuer.url });
    const query = 'subscription { messageSeen(room: "a") { id author { secret } } }';
    const ann = FOLLOW.websocket(url, { query, authorization: bearer(await issuer.token('ann')).authorization });
    const nobody = FOLLOW.websocket(url, { query });
    await expect.poll(running, WAIT).toBe(2);
    await expect.poll(() => chat.seen.subscribers, WAIT).toBe(2);
    send('a', { id: 'a-1', text: 'hello', author: 'eve' });
    await expect
      .poll(() => ann.data, WAIT)
      .toEqual([{ messageSeen: { id: 'a-1', author: { secret: 'Secret of eve' } } }]);
    await expect.poll(() => nobody.data, WAIT).toEqual([{ messageSeen: { id: 'a-1', author: { secret: null } } }]);
    expect(codesOf(nobody)).toEqual(['UNAUTHORIZED_FIELD_OR_TYPE']);
  });

  it('who does not read is let go of, while others who share the stream are told everything', async () => {
    const { url, chat, running, send, metric } = await startChat('sse', { HEARTBEAT_MS: '60000' });
    const query = 'subscription { messageSeen(room: "a") { id text } }';
    const headers = { accept: 'text/event-stream', 'content-type': 'application/json' };
    const asking = request(url, { method: 'POST', headers });
    onTestFinished(() => void asking.destroy());
    asking.on('error', () => {});
    asking.end(JSON.stringify({ query }));
    await once(asking, 'response');
    const other = FOLLOW.sse(url, { query });
    await expect.poll(running, WAIT).toBe(2);
    await expect.poll(() => chat.seen.subscribers, WAIT).toBe(1);
    const text = 'x'.repeat(500_000);
    for (let count = 1; (await metric('subscriptions_ended_total', { reason: 'slow' })) === 0; count++) {
      expect(count).toBeLessThan(100);
      send('a', { id: `a-${count}`, text, author: 'ann' });
      await expect.poll(() => other.data.length, WAIT).toBe(count);
    }
    expect(await running()).toBe(1);
    expect(other.errors).toEqual([]);
  });

  it('goes on over a new supergraph that asks its subgraph for the same, and else is told to look again', async () => {
    const { url, chat, supergraph, replaceSupergraph, metric, send, running } = await startChat('sse');
    const same = FOLLOW.sse(url, { query: 'subscription { messageSeen(room: "a") { id author { name } } }' });
    const invalid = FOLLOW.sse(url, { query: 'subscription { messageSeen(room: "a") { id author { secret } } }' });
    await expect.poll(running, WAIT).toBe(2);
    await replaceSupergraph(supergraph.replaceAll('secret: String', 'hidden: String'));
    await expect.poll(() => codesOf(invalid), WAIT).toEqual(['GRAPHQL_VALIDATION_FAILED']);
    send('a', { id: 'a-1', text: 'hello', author: 'ann' });
    await expect.poll(() => same.data, WAIT).toEqual([{ messageSeen: { id: 'a-1', author: { name: 'Name of ann' } } }]);
    expect(chat.seen.subscribed).toBeLessThanOrEqual(2);
    await replaceSupergraph(supergraph.replaceAll(chat.url, `${chat.url}?moved`));
    await expect.poll(() => codesOf(same), WAIT).toEqual(['EVENTS_MISSED']);
    expect(await metric('subscriptions_ended_total', { reason: 'moved' })).toBe(1);
  });

  it('of a subgraph that cannot be reached is told so after a few tries, and joins one that comes back meanwhile', async () => {
    const { url, chat, send } = await startChat('sse');
    chat.seen.toRefuse = 4;
    const first = FOLLOW.sse(url, { query: 'subscription { messageSeen(room: "a") { id } }' });
    await expect.poll(() => codesOf(first), WAIT).toEqual(['UNAVAILABLE']);
    expect(chat.seen.headers).toHaveLength(4);
    chat.seen.toRefuse = 3;
    const second = FOLLOW.sse(url, { query: 'subscription { messageSeen(room: "a") { id } }' });
    await expect.poll(() => chat.seen.subscribers, WAIT).toBe(1);
    send('a', { id: 'a-1', text: 'hello', author: 'ann' });
    await expect.poll(() => second.data, WAIT).toEqual([{ messageSeen: { id: 'a-1' } }]);
  });
});
