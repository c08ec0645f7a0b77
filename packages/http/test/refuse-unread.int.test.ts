import { Fault } from '@entrepot/kernel/fault';
import { expect, it } from 'vitest';
import { echo, openAsking, request, textOf } from './asking.ts';
import { start } from './start.ts';

const fault = new Fault('OVERLOADED', 'not now', { retryAfterS: 1 });
/** A server that refuses everything that begins with `no`, read or unread, as long as too much is asked. */
async function startBusy(options: { readyDrainMs?: number } = {}) {
  const state = { isNeeded: true, unread: 0, read: [] as string[] };
  const server = await start({
    ...options,
    handle: async (request, response) => {
      const text = `${request.method} ${request.url} ${await textOf(request)}`;
      state.read.push(text);
      if (text.includes(' no')) throw fault;
      response.end(`<${text}>`);
    },
    unread: {
      paths: new Set(['/', '/graphql']),
      refusals: {
        isNeeded: () => state.isNeeded,
        mayRefuse: (body) => body.toString().startsWith('no'),
        fault,
        onRefused: () => state.unread++,
      },
    },
    upgrade: echo,
  });
  const { socket, ask } = openAsking(server.port, (text) => /[}>]$/.test(text));
  /** Once something was refused and something else was read, the server refuses what it has not read. */
  const warmUp = async () => {
    await ask(request('no 1'));
    await ask(request('no 2'));
    expect(state.read.splice(0)).toEqual(['POST / no 1', 'POST / no 2']);
  };
  return { ...server, state, socket, ask, warmUp };
}

it('what may be refused is, unread, on a connection that stays, as if it had been read', async () => {
  const { state, ask, warmUp, url } = await startBusy();
  await warmUp();
  const [unread = ''] = await ask(request('no 3'));
  expect([state.read, state.unread]).toEqual([[], 1]);
  expect(unread).toMatch(/^503 Service Unavailable\r\n/);
  expect(unread).toContain('\r\nretry-after: 1\r\n');
  expect(unread).toContain('\r\ncontent-type: application/json; charset=utf-8\r\n');
  expect(unread).toMatch(/\r\n\r\n{"errors":\[{"message":"not now","extensions":{"code":"OVERLOADED"}}\]}$/);
  const [typed] = await ask(
    request('no 4', { path: '/graphql', headers: 'accept: application/graphql-response+json\r\n' }),
  );
  expect(typed).toContain('\r\ncontent-type: application/graphql-response+json; charset=utf-8\r\n');
  expect(await (await fetch(`${url}/metrics`)).text()).toContain('http_requests_total{status="503",service="test"} 4');
});

it('what may not be refused is read, and so is everything while there is room', async () => {
  const { state, ask, warmUp } = await startBusy();
  await warmUp();
  expect(await ask(request('yes'))).toEqual([expect.stringContaining('<POST / yes>')]);
  await ask(request('no 3'));
  expect([state.read, state.unread]).toEqual([['POST / yes'], 1]);
  state.isNeeded = false;
  await ask(request('no 4'));
  expect(state.read).toEqual(['POST / yes', 'POST / no 4']);
  state.isNeeded = true;
  await ask(request('no 5'));
  expect([state.read.length, state.unread]).toEqual([2, 2]);
});

it('when it is over, a connection is its parser’s again', async () => {
  const { state, ask, warmUp } = await startBusy();
  await warmUp();
  state.isNeeded = false;
  for (let time = 0; time < 10; time++) await ask(request('no'));
  state.isNeeded = true;
  await ask(request('no'));
  await ask(request('no'));
  expect([state.read.length, state.unread]).toEqual([12, 0]);
  await ask(request('no'));
  expect([state.read.length, state.unread]).toEqual([12, 1]);
});

it.each([
  ['at another path', request('no', { path: '/elsewhere' })],
  ['from a page of another origin', request('no', { headers: 'origin: http://there\r\n' })],
  ['in chunks', 'POST / HTTP/1.1\r\nhost: here\r\ntransfer-encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n'],
  ['on a connection that ends', request('no', { headers: 'connection: close\r\n' })],
  ['by another method', 'GET /?no HTTP/1.1\r\nhost: here\r\n\r\n'],
])('what comes %s is read', async (_, bytes) => {
  const { state, ask, warmUp } = await startBusy();
  await warmUp();
  await ask(bytes);
  expect([state.read.length, state.unread]).toEqual([1, 0]);
});

it('what comes in pieces is read as one request, also when a piece looks like a request', async () => {
  const { state, socket, ask, warmUp } = await startBusy();
  await warmUp();
  const inner = request('no');
  const whole = request(inner);
  const cut = whole.length - inner.length;
  socket.send(whole.slice(0, cut));
  await expect.poll(() => state.unread + state.read.length).toBe(0);
  await ask(whole.slice(cut));
  expect([state.read, state.unread]).toEqual([[`POST / ${inner}`], 0]);
});

it('several at once are answered in their order', async () => {
  const { state, ask, warmUp } = await startBusy();
  await warmUp();
  const answers = await ask(request('yes 1') + request('no') + request('yes 2'), 3);
  expect(answers.map((answer) => answer.slice(0, 3))).toEqual(['200', '503', '200']);
  expect(state.unread).toBe(0);
});

it('a connection may still be upgraded', async () => {
  const { socket, warmUp } = await startBusy();
  await warmUp();
  socket.send('GET / HTTP/1.1\r\nhost: here\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n');
  await socket.received('101 Switching');
  socket.send(request('no'));
  await socket.received('echo POST');
});

it('while it drains everything is read, and clients are told to leave', async () => {
  const { state, ask, warmUp, close } = await startBusy({ readyDrainMs: 1_000 });
  await warmUp();
  void close();
  const [answer] = await ask(request('no 3'));
  expect(answer).toMatch(/\r\nconnection: close\r\n/i);
  expect([state.read, state.unread]).toEqual([['POST / no 3'], 0]);
});
