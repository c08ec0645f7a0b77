import { expect, it, onTestFinished } from 'vitest';
import { compose, startSubgraph } from './fixture.ts';
import { startProcess, writeSupergraph } from './gateway-process.ts';

it('serves any supergraph that it is given, and ends with 0 on SIGTERM, its running request answered', async () => {
  const slow = await startSubgraph('slow', 'type Query { now: Int }', {
    Query: { now: () => new Promise((wake) => setTimeout(() => wake(1), 400)) },
  });
  const file = await writeSupergraph(compose(slow));
  const { child, listening, ended } = startProcess(['--supergraph', file, '--port', '0']);
  const url = await listening();
  const body = JSON.stringify({ query: '{ now }' });
  const running = fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  await expect.poll(() => slow.requests.length, { timeout: 10_000 }).toBe(1);
  child.kill('SIGTERM');
  expect(await (await running).json()).toEqual({ data: { now: 1 } });
  expect(await ended).toEqual([0, null]);
});

it('ends with the npm that runs it', async () => {
  const there = await startSubgraph('there', 'type Query { now: Int }', { Query: { now: () => 1 } });
  const file = await writeSupergraph(compose(there));
  const { child, said, listening, ended } = startProcess(
    ['run', 'gateway', '--', '--supergraph', file, '--port', '0'],
    { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' },
    'npm',
  );
  await listening();
  const pid = Number(/"pid":(\d+)/.exec(said.out)?.[1]);
  onTestFinished(() => {
    if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  });
  expect(isAlive(pid)).toBe(true);
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  expect(isAlive(pid)).toBe(false);
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

it('serves one port from several processes, starts another one for one that dies, and counts what all of them did', async () => {
  const there = await startSubgraph('there', 'type Query { pid: Int }', { Query: { pid: () => 1 } });
  const file = await writeSupergraph(compose(there));
  const { child, said, ended } = startProcess(['--supergraph', file, '--port', '0'], { WORKERS: '2' });
  const listening = () =>
    [...said.out.matchAll(/"pid":(\d+).*"url":"(http:[^"]+)"/g)].map(([, pid, url]) => ({ pid: Number(pid), url }));
  await expect.poll(() => listening().length, { timeout: 30_000 }).toBe(2);
  const [{ pid, url = '' } = { pid: 0 }, other] = listening();
  expect(other?.url).toBe(url);
  const ask = async () => {
    const headers = { 'content-type': 'application/json', connection: 'close' };
    return (await fetch(url, { method: 'POST', headers, body: '{"query":"{ pid }"}' })).json();
  };
  for (let round = 0; round < 10; round++) expect(await ask()).toEqual({ data: { pid: 1 } });
  const metrics = await (await fetch(`${url}/metrics`)).text();
  expect(metrics).toMatch(/graphql_requests_total\{operation="other",outcome="ok",service="gateway"\} 10\n/);

  process.kill(pid, 'SIGKILL');
  await expect.poll(() => listening().length, { timeout: 30_000 }).toBe(3);
  expect(await ask()).toEqual({ data: { pid: 1 } });
  child.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
});

it.each([
  ['a bad environment', [], { PORT: 'many', REDIS_URL: 'nowhere' }, /PORT[\s\S]*REDIS_URL|REDIS_URL[\s\S]*PORT/],
  [
    'a supergraph that is not there',
    ['--supergraph', '/nowhere.graphql'],
    {},
    /cannot serve the supergraph \/nowhere\.graphql/,
  ],
  ['an unknown option', ['--prot', '1'], {}, /usage: gateway/],
  [
    'what no worker can start with',
    ['--supergraph', '/nowhere.graphql'],
    { WORKERS: '2' },
    /cannot serve the supergraph \/nowhere\.graphql/,
  ],
])('ends with 1 and one clear message, without a stack, on %s', async (_, args, env, message) => {
  const { said, ended } = startProcess(args, env);
  expect(await ended).toEqual([1, null]);
  expect(said.err).toMatch(message);
  expect(said.err).not.toMatch(/\n\s+at /);
});
