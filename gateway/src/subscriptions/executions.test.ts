import { expect, it } from 'vitest';
import { createExecutions } from './executions.ts';

function gates() {
  const opened: (() => void)[] = [];
  const begun: string[] = [];
  const execute = (name: string) => () => {
    begun.push(name);
    return new Promise<string>((resolve) => opened.push(() => resolve(name)));
  };
  return { opened, begun, execute };
}
const soon = () => new Promise((resolve) => setImmediate(resolve));

it('asks an equal question once for all who ask it meanwhile, and anew for who asks later', async () => {
  const { opened, begun, execute } = gates();
  const executions = createExecutions<string>(2);
  const both = [executions.run('k', execute('first')), executions.run('k', execute('second'))];
  opened[0]?.();
  expect(await Promise.all(both)).toEqual(['first', 'first']);
  const later = executions.run('k', execute('third'));
  opened[1]?.();
  expect(await later).toBe('third');
  expect(begun).toEqual(['first', 'third']);
});

it('runs only so many at once, the others in their turn, also after failures', async () => {
  const { opened, begun, execute } = gates();
  const executions = createExecutions<string>(2);
  const failing = executions.run('a', () => Promise.reject(new Error('no')));
  const runs = ['b', 'c', 'd'].map((name) => executions.run(name, execute(name)));
  await expect(failing).rejects.toThrow('no');
  await soon();
  expect(begun).toEqual(['b', 'c']);
  for (const name of ['b', 'c', 'd']) {
    opened[begun.indexOf(name)]?.();
    await soon();
  }
  expect(await Promise.all(runs)).toEqual(['b', 'c', 'd']);
});
