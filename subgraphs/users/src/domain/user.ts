import { type Problem, Rejection } from '@entrepot/kernel/rejection';
import { hasRole, type Role, type Viewer } from '@entrepot/kernel/viewer';
import { characters, hasControl, textProblems } from './text.ts';

export type UserKind = 'CUSTOMER' | 'GUEST';
export type User = {
  id: string;
  kind: UserKind;
  email: string;
  displayName: string;
  roles: readonly Role[];
  createdAt: Date;
};
export type Registration = { email: string; password: string; displayName: string };
export type GuestFields = { email: string; displayName: string };

/** What others see of a guest who gave no name. */
const GUEST_NAME = 'Guest';

const MAX_EMAIL = 254;
/** One @ between something and a domain with a dot: whether it can be reached only a mail would tell. */
const EMAIL = /^[^\s@<>()",;:\\]+@[^\s@<>()",;:\\]+\.[^\s@<>()",;:\\]+$/;
const PASSWORD = { min: 10, max: 200 };

/** Whether the viewer may see what is private about a user: the user, and those who serve customers. */
export function seesPrivate(viewer: Viewer | undefined, userId: string): boolean {
  return viewer?.id === userId || hasRole(viewer, 'ORDER_MANAGER');
}

/** Whether the viewer may look a user up by id. */
export function mayLookUp(viewer: Viewer | undefined, userId: string): boolean {
  return viewer?.id === userId || hasRole(viewer, 'ADMIN');
}

/** The account as it is kept. @throws Rejection with every problem of it */
export function readRegistration({ email, password, displayName }: Registration): Registration {
  const name = displayName.trim();
  throwAny([...emailProblems(email), ...passwordProblems(password), ...nameProblems(name, 'displayName')]);
  return { email, password, displayName: name };
}

/** The guest as kept. @throws Rejection with every problem of it */
export function readGuest({ email, name }: { email: string; name?: string | null | undefined }): GuestFields {
  const displayName = (name ?? GUEST_NAME).trim();
  throwAny([...emailProblems(email), ...nameProblems(displayName, 'name')]);
  return { email, displayName };
}

/** Whether there may be an account with these: what cannot exist is looked for nowhere. */
export function canBeAccount({ email, password }: { email: string; password: string }): boolean {
  return isEmail(email) && passwordProblems(password).length === 0;
}

/** The roles a user shall have, each once. @throws Rejection IS_GUEST or LAST_ADMIN */
export function changeRoles(user: User, roles: readonly Role[], isLastAdmin: boolean): readonly Role[] {
  if (user.kind === 'GUEST')
    throw new Rejection('IS_GUEST', `${user.id} is a guest: only a customer with a password has roles`);
  if (isLastAdmin && user.roles.includes('ADMIN') && !roles.includes('ADMIN'))
    throw new Rejection('LAST_ADMIN', `${user.id} is the last administrator: make another one first`);
  return [...new Set(roles)];
}

export const isEmail = (text: string): boolean => text.length <= MAX_EMAIL && EMAIL.test(text) && !hasControl(text);

function emailProblems(email: string): Problem[] {
  if (isEmail(email)) return [];
  const message = `${JSON.stringify(email.slice(0, 80))} is no e-mail address`;
  return [{ code: 'INVALID_EMAIL', message, path: ['input', 'email'] }];
}

function passwordProblems(password: string): Problem[] {
  const { min, max } = PASSWORD;
  const length = characters(password);
  if (length >= min && length <= max) return [];
  const message = `the password has ${length} characters: it must have ${min} to ${max}`;
  return [{ code: 'INVALID_PASSWORD', message, path: ['input', 'password'] }];
}

const nameProblems = (name: string, field: string): Problem[] =>
  textProblems(name, { code: 'INVALID_NAME', field, min: 1, max: 100 });

function throwAny([first, ...rest]: readonly Problem[]): void {
  if (first) throw Rejection.all([first, ...rest]);
}
