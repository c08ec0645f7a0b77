import { expect, it } from 'vitest';
import { Cancellation } from './cancellation.ts';

it('calls all who listen, once, in the order in which they came', () => {
  const cancellation = new Cancellation();
  const called: string[] = [];
  cancellation.listen(() => called.push('a'));
  cancellation.listen(() => called.push('b'));
  expect([cancellation.isCancelled, called]).toEqual([false, []]);
  cancellation.cancel();
  cancellation.cancel();
  expect([cancellation.isCancelled, called]).toEqual([true, ['a', 'b']]);
});

it('calls nobody who does not listen any more, or who comes too late', () => {
  const cancellation = new Cancellation();
  const called: string[] = [];
  const b = () => called.push('b');
  const c = () => called.push('c');
  cancellation.listen(() => {
    called.push('a');
    cancellation.unlisten(c);
  });
  cancellation.listen(b);
  cancellation.listen(c);
  cancellation.unlisten(b);
  cancellation.unlisten(b);
  cancellation.cancel();
  cancellation.listen(b);
  cancellation.cancel();
  expect(called).toEqual(['a']);
});
