import { describe, expect, it } from 'vitest';
import { request } from './asking.ts';
import { start } from './start.ts';
import { startKeeping, undated } from './start-keeping.ts';

describe('a way that takes its time', () => {
  async function startLong(options: { drainMs?: number } = {}) {
    const server = await startKeeping(options);
    await server.warmUp();
    server.state.isLong = true;
    const { state, socket } = server;
    const arrive = async (count = 1) => {
      await expect.poll(() => state.laters.length).toBe(count);
      for (const tell of state.laters.splice(0)) tell(undefined);
    };
    const answersTo = async (count: number) =>
      [...(await socket.until((text) => text.split(' to ').length === count + 3)).matchAll(/ to (.*?)>/g)]
        .map(([, text]) => text)
        .slice(2);
    return { ...server, arrive, answersTo };
  }
  const aborted = async (url: string) => (await fetch(`${url}/metrics`)).text();

  it('leads to the same answer', async () => {
    const { state, ask, arrive } = await startLong();
    const [[later], [read]] = [
      await Promise.all([ask(request('kept')), arrive()]).then(([it]) => it),
      await ask(request('kept', { headers: 'origin: http://there\r\n' })),
    ];
    expect(undated([later ?? ''])).toEqual(undated([read ?? '']));
    expect([state.read, state.unread]).toEqual([['kept'], ['kept']]);
  });

  it('leads nowhere when the request has to be read after all', async () => {
    const { state, ask, arrive } = await startLong();
    state.isKept = false;
    await Promise.all([ask(request('kept')), arrive()]);
    expect([state.read, state.unread]).toEqual([['kept'], []]);
    state.isKept = true;
    await Promise.all([ask(request('kept')), arrive()]);
    expect([state.read, state.unread]).toEqual([['kept'], ['kept']]);
  });

  it.each([true, false])('holds up whatever comes behind it (kept: %s)', async (isKept) => {
    const { state, socket, arrive, answersTo } = await startLong();
    state.isKept = isKept;
    socket.send(request('kept 1'));
    await expect.poll(() => state.laters.length).toBe(1);
    state.isLong = false;
    socket.send(request('new 2'));
    socket.send(request('kept 3') + request('new 4').slice(0, 5));
    socket.send(request('new 4').slice(5));
    // Something of another connection, which would overtake them.
    await expect(start({ handle: async (_, response) => void response.end() })).resolves.toBeDefined();
    expect([state.read, state.unread]).toEqual([[], []]);
    await arrive();
    expect(await answersTo(4)).toEqual(['kept 1', 'new 2', 'kept 3', 'new 4']);
  });

  it('ends with its client', async () => {
    const { state, socket, url, arrive } = await startLong();
    socket.send(request('kept'));
    await expect.poll(() => state.laters.length).toBe(1);
    socket.destroy();
    await expect.poll(() => aborted(url)).toContain('http_requests_total{status="aborted",service="test"} 1');
    await arrive();
    expect(await aborted(url)).toContain('http_requests_total{status="aborted",service="test"} 1');
  });

  it('ends with a client that has said its last word, as node:http does', async () => {
    const { state, socket, url, arrive } = await startLong();
    socket.send(request('kept'));
    await expect.poll(() => state.laters.length).toBe(1);
    socket.end();
    await socket.closed();
    await arrive();
    await expect.poll(() => aborted(url)).toContain('http_requests_total{status="aborted",service="test"} 1');
  });

  it('is gone to its end in a drain', async () => {
    const { state, socket, arrive, answersTo, close } = await startLong();
    socket.send(request('kept'));
    await expect.poll(() => state.laters.length).toBe(1);
    const closing = close();
    await arrive();
    expect(await answersTo(1)).toEqual(['kept']);
    await closing;
  });

  it('is not waited for longer than a drain takes', async () => {
    const { state, socket, close } = await startLong({ drainMs: 100 });
    socket.send(request('kept'));
    await expect.poll(() => state.laters.length).toBe(1);
    await close();
    await socket.closed();
    for (const tell of state.laters) tell(undefined);
  });
});
