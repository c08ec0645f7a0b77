import { expect, it } from 'vitest';
import { compileLabels } from './override-labels.ts';

const { activeFor, sets } = compileLabels(['percent(20)', 'percent(7.5)', 'percent(0)', 'percent(100)', 'by-hand']);

it.each([
  [0, ['percent(100)', 'percent(20)', 'percent(7.5)']],
  [7.5, ['percent(100)', 'percent(20)']],
  [19.9, ['percent(100)', 'percent(20)']],
  [20, ['percent(100)']],
  [99.9, ['percent(100)']],
])('at %d of a hundred hold %j', (roll, active) => {
  expect(activeFor(roll)).toEqual(active);
  expect(sets).toContainEqual(active);
});

it('has no more sets than labels that can hold, and the one of none', () => {
  expect(sets).toHaveLength(4);
  expect(compileLabels([]).activeFor(0)).toEqual([]);
});
