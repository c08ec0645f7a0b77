import type { Envelope } from '@entrepot/events/contract';
import { describe, expect, it } from 'vitest';
import { createHub, entityTopic, ownTopic } from './hub.ts';

const event = (type: string, purges: unknown, audience?: unknown): Envelope =>
  JSON.parse(JSON.stringify({ id: 'evt_1', type, purges, audience }));

function listener(about = 'order.') {
  const heard: string[] = [];
  return {
    heard,
    isAbout: (type: string) => type.startsWith(about),
    onChange: (id: string, sequence: number) => void heard.push(`${id} ${sequence}`),
    onMissed: (sequence: number) => void heard.push(`missed ${sequence}`),
  };
}

describe('the hub', () => {
  it('tells an event to those who follow its entities, and to those whose own these are', () => {
    const hub = createHub();
    const [one, other, own, foreign] = [listener(), listener(), listener(), listener()];
    hub.listen(entityTopic('Order', 'a'), one);
    hub.listen(entityTopic('Order', 'b'), other);
    hub.listen(ownTopic('Order', 'ann'), own);
    hub.listen(ownTopic('Order', 'eve'), foreign);
    hub.publish([event('order.paid.v1', ['Order:a', 'Order'], ['ann']), event('order.paid.v1', ['Order:c'], ['ann'])]);
    expect([one, other, own, foreign].map(({ heard }) => heard)).toEqual([['a 1'], [], ['a 1', 'c 2'], []]);
  });

  it('tells nobody of events of other kinds', () => {
    const hub = createHub();
    const follower = listener('stock.');
    hub.listen(entityTopic('Order', 'a'), follower);
    hub.publish([event('order.paid.v1', ['Order:a'])]);
    expect(follower.heard).toEqual([]);
  });

  it('tells who has left nothing, and does not mind who leaves twice', () => {
    const hub = createHub();
    const [gone, there] = [listener(), listener()];
    const leave = hub.listen(entityTopic('Order', 'a'), gone);
    leave();
    hub.listen(entityTopic('Order', 'a'), there);
    leave();
    hub.publish([event('order.paid.v1', ['Order:a'])]);
    expect([gone.heard, there.heard]).toEqual([[], ['a 1']]);
  });

  it('tells everybody that events were missed', () => {
    const hub = createHub();
    const [one, own] = [listener(), listener()];
    hub.listen(entityTopic('Order', 'a'), one);
    hub.listen(ownTopic('Order', 'ann'), own);
    hub.missed();
    expect([one.heard, own.heard]).toEqual([['missed 1'], ['missed 1']]);
  });

  it('takes whatever lies in the log', () => {
    const hub = createHub();
    const follower = listener();
    hub.listen(entityTopic('Order', 'a'), follower);
    for (const purges of [undefined, null, 7, 'Order:a', [7, null], [':', 'Order:']])
      hub.publish([event('order.paid.v1', purges, purges)]);
    expect(follower.heard).toEqual([]);
  });
});
