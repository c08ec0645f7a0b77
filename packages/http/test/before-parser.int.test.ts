import { expect, it } from 'vitest';
import { request } from './asking.ts';
import { startKeeping, undated } from './start-keeping.ts';

it('what is kept is answered unread, to the last byte as if it had been read', async () => {
  const { state, ask, warmUp, url } = await startKeeping();
  const read = await warmUp();
  expect(read?.[0]).toMatch(/^200 OK\r\n/);
  for (let time = 0; time < 3; time++) {
    const unread = await ask(request('kept'));
    expect(undated(unread)).toEqual(undated(read));
    expect(unread[0]).toMatch(/\r\nDate: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n/);
  }
  expect(await ask(request('kept otherwise'))).toEqual([expect.stringContaining('<answer to kept otherwise>')]);
  expect([state.read, state.unread]).toEqual([[], ['kept', 'kept', 'kept', 'kept otherwise']]);
  expect(await (await fetch(`${url}/metrics`)).text()).toContain('http_requests_total{status="200",service="test"} 6');
});

it('the way is looked for once for the same bytes, and again when it has led nowhere', async () => {
  const { state, ask, warmUp } = await startKeeping();
  await warmUp();
  state.ways = 0;
  for (let time = 0; time < 3; time++) await ask(request('kept'));
  expect(state.ways).toBe(1);
  state.isKept = false;
  await ask(request('kept'));
  expect([state.read, state.unread.length]).toEqual([['kept'], 3]);
  state.isKept = true;
  await ask(request('kept'));
  expect([state.read.length, state.unread.length]).toEqual([1, 4]);
});

it('what is not kept is read, and its connection is the parser’s again when that goes on', async () => {
  const { state, ask, warmUp } = await startKeeping();
  await warmUp();
  for (let time = 0; time < 8; time++) await ask(request('new'));
  await ask(request('kept'));
  expect([state.read.length, state.unread.length]).toEqual([8, 1]);
  for (let time = 0; time < 10; time++) await ask(request('new'));
  await ask(request('kept'));
  expect([state.read.length, state.unread.length]).toEqual([19, 1]);
});

it.each([
  ['at another path', request('kept', { path: '/elsewhere' })],
  ['from a page of another origin', request('kept', { headers: 'origin: http://there\r\n' })],
  ['in chunks', 'POST / HTTP/1.1\r\nhost: here\r\ntransfer-encoding: chunked\r\n\r\n4\r\nkept\r\n0\r\n\r\n'],
  ['on a connection that ends', request('kept', { headers: 'connection: close\r\n' })],
])('what comes %s is read', async (_, bytes) => {
  const { state, ask, warmUp } = await startKeeping();
  await warmUp();
  await ask(bytes);
  expect([state.read, state.unread]).toEqual([['kept'], []]);
});

it('what comes in pieces is read as one request, also when a piece looks like a request', async () => {
  const { state, socket, ask, warmUp } = await startKeeping();
  await warmUp();
  const inner = request('kept');
  const whole = request(inner);
  const cut = whole.length - inner.length;
  socket.send(whole.slice(0, cut));
  await expect.poll(() => state.unread.length + state.read.length).toBe(0);
  await ask(whole.slice(cut));
  expect([state.read, state.unread]).toEqual([[inner], []]);
});

it('several at once are answered in their order', async () => {
  const { state, ask, warmUp } = await startKeeping();
  await warmUp();
  const answers = await ask(request('new 1') + request('kept') + request('new 2'), 3);
  expect(answers.map((answer) => /<answer to (.*)>/.exec(answer)?.[1])).toEqual(['new 1', 'kept', 'new 2']);
  expect(state.unread).toEqual([]);
});

it('what comes while another is being answered waits for its turn', async () => {
  const { state, ask, socket, warmUp } = await startKeeping();
  await warmUp();
  socket.send(request('new').slice(0, -1));
  socket.send('w');
  const answers = await ask(request('kept'), 2);
  expect(answers.map((answer) => /<answer to (.*)>/.exec(answer)?.[1])).toEqual(['new', 'kept']);
  expect(state.unread).toEqual([]);
});

it.each([
  ['no HTTP', 'nonsense\r\n\r\n', /^400 /],
  ['two lengths', request('kept', { headers: 'content-length: 3\r\n' }), /^400 /],
  ['no host', request('kept').replace('host: here\r\n', ''), /^400 /],
])('what is %s is refused, and what came before has its answer', async (_, bytes, refused) => {
  const { state, socket, ask, warmUp } = await startKeeping();
  await warmUp();
  await ask(request('kept'));
  socket.send(bytes);
  await socket.closed();
  const answers = (await socket.received('')).split('HTTP/1.1 ').slice(1);
  expect(answers.slice(2)).toEqual([expect.stringMatching(/^200 /), expect.stringMatching(refused)]);
  expect(state.unread).toEqual(['kept']);
});

it('a connection may still be upgraded', async () => {
  const { state, socket, ask, warmUp } = await startKeeping();
  await warmUp();
  await ask(request('kept'));
  socket.send('GET / HTTP/1.1\r\nhost: here\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n');
  await socket.received('101 Switching');
  socket.send(request('kept'));
  await socket.received('echo POST');
  expect(state.unread).toEqual(['kept']);
});

it('a connection that was upgraded behind a request is not listened to', async () => {
  const { state, socket } = await startKeeping();
  socket.send(`${request('kept')}GET / HTTP/1.1\r\nhost: here\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n`);
  await socket.until((text) => text.includes('101 Switching') && text.includes('<answer to kept>'));
  for (let time = 1; time <= 3; time++) {
    socket.send(request('kept'));
    await socket.until((text) => text.split('echo POST').length === time + 1);
  }
  expect(state.unread).toEqual([]);
});

it('while it drains everything is read, and clients are told to leave', async () => {
  const { state, ask, warmUp, close } = await startKeeping({ readyDrainMs: 1_000 });
  await warmUp();
  await ask(request('kept'));
  void close();
  const [answer] = await ask(request('kept'));
  expect(answer).toMatch(/\r\nconnection: close\r\n/i);
  expect([state.read, state.unread]).toEqual([['kept'], ['kept']]);
});

/** A client that has asked and takes nothing of what it is answered. */
async function startSlow(drainMs: number) {
  const server = await startKeeping({ drainMs });
  const { state, socket } = server;
  await server.warmUp();
  state.text = LONG;
  socket.pause();
  socket.send(request('kept'));
  await expect.poll(() => state.unread.length).toBe(1);
  return { ...server, answers: async () => (await socket.received('')).split('HTTP/1.1 ').slice(1) };
}
const LONG = 'long '.repeat(2_000_000);

it('a client that takes its answer slowly is given all of it, also in a drain', async () => {
  const { socket, close, answers } = await startSlow(10_000);
  const closing = close();
  socket.resume();
  await closing;
  await socket.closed();
  expect((await answers()).map((text) => text.endsWith(`<${LONG} to kept>`))).toEqual([false, false, true]);
});

it('a client that takes no answer does not keep a server that drains', async () => {
  const { close, answers } = await startSlow(100);
  await close();
  expect(await answers()).toHaveLength(2);
});

it('a client that takes no answer is given no other before it does', async () => {
  const { state, socket, answers } = await startSlow(1_000);
  socket.send(request('kept'));
  await expect.poll(() => state.read.length).toBe(1);
  expect(state.unread).toEqual(['kept']);
  socket.resume();
  await socket.until((text) => text.split(' to kept>').length === 5);
  expect((await answers()).map((text) => text.endsWith(`<${LONG} to kept>`))).toEqual([false, false, true, true]);
});
