import { expect, it } from 'vitest';
import type { HttpResponse } from './http1/response-reader.ts';
import { NoResponse } from './no-response.ts';
import type { SubgraphRequest } from './replica.ts';
import { shareCalls } from './sharing.ts';

const response: HttpResponse = {
  status: 200,
  cacheControl: undefined,
  contentType: undefined,
  isEncoded: false,
  isPlain: true,
  text: '{}',
};
const aRequest = (over: Partial<SubgraphRequest> = {}): SubgraphRequest => ({
  body: '{"query":"{a}"}',
  deadline: Date.now() + 60_000,
  viewer: undefined,
  authorization: undefined,
  idempotencyKey: undefined,
  traceparent: undefined,
  isRepeatable: true,
  cancellation: undefined,
  ...over,
});

function start() {
  const calls: { request: SubgraphRequest; answer: () => void; fail: () => void }[] = [];
  let shared = 0;
  const post = (request: SubgraphRequest) =>
    new Promise<HttpResponse>((resolve, reject) => {
      calls.push({ request, answer: () => resolve(response), fail: () => reject(new NoResponse('unavailable', 'no')) });
    });
  const shareAll = shareCalls(post, () => shared++);
  const share = (request: SubgraphRequest, signal?: AbortSignal, fence?: string) => shareAll(request, signal, fence);
  return { share, calls, shared: () => shared };
}

it('makes one call for 50 that are equal, and a new one afterwards', async () => {
  const { share, calls, shared } = start();
  const all = Array.from({ length: 50 }, () => share(aRequest()));
  expect([calls.length, shared()]).toEqual([1, 49]);
  calls[0]?.answer();
  expect(await Promise.all(all)).toEqual(Array(50).fill(response));
  const next = share(aRequest());
  expect(calls).toHaveLength(2);
  calls[1]?.answer();
  await next;
});

it.each([
  ['another body', { body: '{"query":"{b}"}' }],
  ['another viewer', { viewer: 'ann' }],
  ['another authorization', { authorization: 'Bearer b' }],
])('shares nothing with %s', (_, over) => {
  const { share, calls } = start();
  void share(aRequest());
  void share(aRequest(over));
  expect(calls).toHaveLength(2);
});

it('shares nothing across a purge', () => {
  const { share, calls } = start();
  void share(aRequest(), undefined, 'before');
  void share(aRequest(), undefined, 'after');
  expect(calls).toHaveLength(2);
});

it('shares a failure too', async () => {
  const { share, calls } = start();
  const both = [share(aRequest()), share(aRequest(), new AbortController().signal)];
  calls[0]?.fail();
  for (const one of both) await expect(one).rejects.toThrow('no');
});

it('goes on while anybody waits, and is given up when nobody does', async () => {
  const { share, calls } = start();
  const [ann, bob] = [new AbortController(), new AbortController()];
  let givenUp = false;
  const both = [share(aRequest(), ann.signal), share(aRequest(), bob.signal)];
  const cancellation = calls[0]?.request.cancellation;
  if (cancellation) cancellation.act = () => (givenUp = true);
  ann.abort();
  await expect(both[0]).rejects.toMatchObject({ reason: 'cancelled' });
  expect(givenUp).toBe(false);
  bob.abort();
  await expect(both[1]).rejects.toMatchObject({ reason: 'cancelled' });
  expect([givenUp, cancellation?.isCancelled]).toEqual([true, true]);
  // What is given up is joined by nobody.
  void share(aRequest());
  expect(calls).toHaveLength(2);
});

it('does not begin for a client that has gone', async () => {
  const { share, calls } = start();
  await expect(share(aRequest(), AbortSignal.abort())).rejects.toMatchObject({ reason: 'cancelled' });
  expect(calls).toEqual([]);
});

it('is not joined by one with much more time, and does not outlast the time of one with less', async () => {
  const { share, calls } = start();
  const now = Date.now();
  void share(aRequest({ deadline: now + 60_000 }));
  void share(aRequest({ deadline: now + 600_000 }));
  expect(calls).toHaveLength(2);
  const hasty = share(aRequest({ deadline: now + 5 }));
  await expect(hasty).rejects.toMatchObject({ reason: 'timeout' });
  expect(calls).toHaveLength(2);
});
