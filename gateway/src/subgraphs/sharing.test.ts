import { Cancellation } from '@entrepot/kernel/cancellation';
import { expect, it } from 'vitest';
import type { Outcome } from './http1/connection.ts';
import type { HttpResponse } from './http1/response-reader.ts';
import { NoResponse } from './no-response.ts';
import type { OnEnd, SubgraphRequest } from './replica.ts';
import { type Asking, shareCalls } from './sharing.ts';

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
  lines: '',
  isRepeatable: true,
  cancellation: new Cancellation(),
  ...over,
});

function start() {
  const calls: { request: SubgraphRequest; answer: () => void; fail: () => void }[] = [];
  let shared = 0;
  const post = (request: SubgraphRequest, onEnd: OnEnd) => {
    calls.push({
      request,
      answer: () => onEnd(response),
      fail: () => onEnd(new NoResponse('unavailable', 'no')),
    });
  };
  const shareAll = shareCalls(post, () => shared++);
  const share = (request: SubgraphRequest, asking: Partial<Asking> = {}) =>
    new Promise<Outcome>((resolve) => {
      shareAll(request, { who: '', fence: undefined, gone: undefined, ...asking }, resolve);
    });
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
  ['with another body', { body: '{"query":"{b}"}' }, {}],
  ['with another viewer', {}, { who: 'x-viewer: ann' }],
  ['across a purge', {}, { fence: 'after' }],
])('shares nothing %s', (_, over, asking) => {
  const { share, calls } = start();
  void share(aRequest(), { fence: 'before' });
  void share(aRequest(over), { fence: 'before', ...asking });
  expect(calls).toHaveLength(2);
});

it('shares a failure too', async () => {
  const { share, calls } = start();
  const both = [share(aRequest()), share(aRequest(), { gone: new Cancellation() })];
  calls[0]?.fail();
  for (const one of both) expect(await one).toMatchObject({ reason: 'unavailable' });
});

it('goes on while anybody waits, and is given up when nobody does', async () => {
  const { share, calls } = start();
  const [ann, bob] = [new Cancellation(), new Cancellation()];
  let givenUp = false;
  const both = [share(aRequest(), { gone: ann }), share(aRequest(), { gone: bob })];
  const cancellation = calls[0]?.request.cancellation;
  cancellation?.listen(() => {
    givenUp = true;
  });
  ann.cancel();
  expect(await both[0]).toMatchObject({ reason: 'cancelled' });
  expect(givenUp).toBe(false);
  bob.cancel();
  expect(await both[1]).toMatchObject({ reason: 'cancelled' });
  expect([givenUp, cancellation?.isCancelled]).toEqual([true, true]);
  // What is given up is joined by nobody.
  void share(aRequest());
  expect(calls).toHaveLength(2);
});

it('does not begin for a client that has gone', async () => {
  const { share, calls } = start();
  const gone = new Cancellation();
  gone.cancel();
  expect(await share(aRequest(), { gone })).toMatchObject({ reason: 'cancelled' });
  expect(calls).toEqual([]);
});

it('is not joined by one with much more time, and does not outlast the time of one with less', async () => {
  const { share, calls } = start();
  const now = Date.now();
  void share(aRequest({ deadline: now + 60_000 }));
  void share(aRequest({ deadline: now + 600_000 }));
  expect(calls).toHaveLength(2);
  const hasty = share(aRequest({ deadline: now + 5 }));
  expect(await hasty).toMatchObject({ reason: 'timeout' });
  expect(calls).toHaveLength(2);
});

it('passes on what is refused at once', async () => {
  const shareAll = shareCalls(
    (_, onEnd) => onEnd(new NoResponse('unavailable', 'no')),
    () => {},
  );
  for (let time = 0; time < 2; time++) {
    const outcome = await new Promise((resolve) => {
      shareAll(aRequest(), { who: '', fence: undefined, gone: undefined }, resolve);
    });
    expect(outcome).toMatchObject({ reason: 'unavailable' });
  }
});
