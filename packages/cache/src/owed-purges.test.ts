import { expect, it } from 'vitest';
import { createOwedPurges } from './owed-purges.ts';

it('keeps owing what was added again while it was being paid', () => {
  const owed = createOwedPurges();
  owed.add(['A:1', 'B:1']);
  const debt = owed.all();
  owed.add(['A:1']);
  if (debt) owed.paid(debt);
  expect(owed.all()?.what).toEqual(['A:1']);
});

it('owes everything when it would have to remember too much', () => {
  const owed = createOwedPurges();
  owed.add(Array.from({ length: 5_001 }, (_, index) => `A:${index}`));
  const debt = owed.all();
  expect(debt?.what).toBe('everything');
  owed.add(['B:1']);
  if (debt) owed.paid(debt);
  expect(owed.all()?.what).toEqual(['B:1']);
});

it('owes nothing for tags that no entry can have', () => {
  const owed = createOwedPurges();
  owed.add(['#x', 'a\nb']);
  expect(owed.isEmpty()).toBe(true);
});
