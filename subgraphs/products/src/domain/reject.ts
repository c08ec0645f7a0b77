import { type Problem, Rejection } from '@entrepot/kernel/rejection';

/** Rejects a command for everything that is wrong with it, if anything is. */
export function rejectIfAny(problems: readonly Problem[]): void {
  const [first, ...rest] = problems;
  if (first) throw Rejection.all([first, ...rest]);
}
