import { type Problem, Rejection } from '@entrepot/kernel/rejection';
import { hasRole, type Role, type Viewer } from '@entrepot/kernel/viewer';

export type UserKind = 'CUSTOMER' | 'GUEST';
export type User = {
  id: string;
  kind: UserKind;
  email: string;
  displayName: string;
  roles: readonly Role[];
  createdAt: Date;
};

/** What others see of a guest who gave no name. */
export const GUEST_NAME = 'Guest';

const MAX_EMAIL = 254;
/** One @ between something and a domain with a dot: whether it can be reached only a mail would tell. */
const EMAIL = /^[^\s@<>()",;:\\]+@[^\s@<>()",;:\\]+\.[^\s@<>()",;:\\]+$/;
const MAX_NAME = 100;
const PASSWORD = { min: 10, max: 200 };

/** Whether the viewer may see what is private about a user: the user, and those who serve customers. */
export function seesPrivate(viewer: Viewer | undefined, userId: string): boolean {
  return viewer?.id === userId || hasRole(viewer, 'ORDER_MANAGER');
}

/** @throws Rejection with every problem of the account */
export function checkRegistration(input: { email: string; password: string; displayName: string }): void {
  const problems: Problem[] = [...emailProblems(input.email), ...nameProblems(input.displayName, 'displayName')];
  const { length } = [...input.password];
  if (length < PASSWORD.min || length > PASSWORD.max) {
    const message = `the password has ${length} characters: it must have ${PASSWORD.min} to ${PASSWORD.max}`;
    problems.push({ code: 'INVALID_PASSWORD', message, path: ['input', 'password'] });
  }
  throwAll(problems);
}

/** @throws Rejection with every problem of the guest */
export function checkGuest(input: { email: string; name: string | undefined }): void {
  throwAll([...emailProblems(input.email), ...(input.name === undefined ? [] : nameProblems(input.name, 'name'))]);
}

/** The roles a user shall have, each once. @throws Rejection */
export function changeRoles(user: User, roles: readonly Role[], isLastAdmin: boolean): readonly Role[] {
  if (user.kind === 'GUEST')
    throw new Rejection('IS_GUEST', `${user.id} is a guest: only a customer with a password has roles`);
  if (isLastAdmin && user.roles.includes('ADMIN') && !roles.includes('ADMIN'))
    throw new Rejection('LAST_ADMIN', `${user.id} is the last administrator: make another one first`);
  return [...new Set(roles)];
}

function emailProblems(email: string): Problem[] {
  if (email.length <= MAX_EMAIL && EMAIL.test(email)) return [];
  const message = `"${email.slice(0, 80)}" is no e-mail address`;
  return [{ code: 'INVALID_EMAIL', message, path: ['input', 'email'] }];
}

function nameProblems(name: string, field: string): Problem[] {
  const { length } = [...name.trim()];
  if (length >= 1 && length <= MAX_NAME) return [];
  const message = `the name has ${length} characters: it must have 1 to ${MAX_NAME}`;
  return [{ code: 'INVALID_NAME', message, path: ['input', field] }];
}

function throwAll([first, ...rest]: readonly Problem[]): void {
  if (first) throw Rejection.all([first, ...rest]);
}
