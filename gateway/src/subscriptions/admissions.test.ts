import { expect, it } from 'vitest';
import { createAdmissions } from './admissions.ts';

const code = (code: string) => expect.objectContaining({ code });

it('lets in so many of one viewer, and so many in all, and another for each who leaves, once', () => {
  const admissions = createAdmissions({ max: 4, maxPerViewer: 2 });
  const leave = admissions.enter('ann');
  admissions.enter('ann');
  expect(() => admissions.enter('ann')).toThrow(code('RATE_LIMITED'));
  leave();
  leave();
  admissions.enter('ann');
  expect(() => admissions.enter('ann')).toThrow(code('RATE_LIMITED'));
  admissions.enter(undefined);
  admissions.enter(undefined);
  expect(() => admissions.enter(undefined)).toThrow(code('OVERLOADED'));
});
