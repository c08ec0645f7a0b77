import { Fault } from '@entrepot/kernel/fault';
import { Rejection } from '@entrepot/kernel/rejection';
import type { Context } from './context.ts';
import { isThrottled } from './domain/login-throttle.ts';
import { checkGuest, checkRegistration, GUEST_NAME, type User } from './domain/user.ts';
import { TooBusy } from './passwords.ts';
import { hashOf } from './refresh-token.ts';
import type { IssuedSession } from './sessions.ts';

/** How somebody becomes a customer or a guest, and comes back: what needs passwords, tokens and the database together. */
type LoggedIn = { user: User; session: IssuedSession };

export async function registerUser(
  input: { email: string; password: string; displayName: string },
  { viewer, users, passwords, issuer, now }: Context,
): Promise<LoggedIn> {
  checkRegistration(input);
  const passwordHash = await orBusy(() => passwords.hash(input.password));
  const account = { email: input.email, displayName: input.displayName.trim(), passwordHash };
  const at = now();
  const draft = issuer.draft(at);
  const promoted =
    viewer?.kind === 'GUEST' ? await users.promoteGuest(viewer.id, account, draft.stored, at) : undefined;
  const user = promoted ?? (await users.register(account, draft.stored, at));
  return { user, session: await issuer.issue(user, draft, at) };
}

export async function logIn(
  { email, password }: { email: string; password: string },
  { users, sessions, throttle, passwords, issuer, now }: Context,
): Promise<LoggedIn> {
  const at = now();
  if (isThrottled(await throttle.seen(email), at))
    throw new Rejection('TOO_MANY_ATTEMPTS', 'too many failed attempts for this address: try again in five minutes', [
      'input',
      'email',
    ]);
  const found = await users.findLogin(email);
  const matches = await orBusy(() => passwords.matches(found?.passwordHash, password));
  if (!found || !matches) {
    await throttle.failed(email, at);
    throw new Rejection('INVALID_CREDENTIALS', 'no account has this e-mail address and password');
  }
  await throttle.succeeded(email);
  const draft = issuer.draft(at);
  await sessions.open(found.user.id, draft.stored, at);
  return { user: found.user, session: await issuer.issue(found.user, draft, at) };
}

export async function refreshSession(
  { refreshToken }: { refreshToken: string },
  { sessions, issuer, now }: Context,
): Promise<{ session: IssuedSession }> {
  const invalid = () =>
    new Rejection('INVALID_TOKEN', 'the refresh token is unknown, expired or revoked: log in again', [
      'input',
      'refreshToken',
    ]);
  const hash = hashOf(refreshToken);
  if (!hash) throw invalid();
  const at = now();
  const draft = issuer.draft(at);
  const result = await sessions.refresh(hash, draft.stored, at);
  if (result.outcome === 'unknown') throw invalid();
  if (result.outcome === 'reused')
    throw new Rejection('TOKEN_REUSED', 'the refresh token was used before, so the session was ended: log in again', [
      'input',
      'refreshToken',
    ]);
  return { session: await issuer.issue(result.user, draft, at) };
}

export async function logOut({ refreshToken }: { refreshToken: string }, { sessions, now }: Context): Promise<object> {
  const hash = hashOf(refreshToken);
  if (!hash) throw new Rejection('INVALID_TOKEN', 'the refresh token has no valid form', ['input', 'refreshToken']);
  await sessions.end(hash, now());
  return {};
}

export async function createGuest(
  { email, name }: { email: string; name?: string | null },
  { users, issuer, now }: Context,
): Promise<LoggedIn> {
  checkGuest({ email, name: name ?? undefined });
  const at = now();
  const draft = issuer.draft(at);
  const user = await users.createGuest({ email, displayName: name?.trim() ?? GUEST_NAME }, draft.stored, at);
  return { user, session: await issuer.issue(user, draft, at) };
}

async function orBusy<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof TooBusy)
      throw new Fault('UNAVAILABLE', 'too many people are logging in: try again in a moment', { cause: error });
    throw error;
  }
}
