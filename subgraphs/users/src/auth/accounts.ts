import { Fault } from '@entrepot/kernel/fault';
import { Rejection } from '@entrepot/kernel/rejection';
import type { Context } from '../context.ts';
import { MAX_ATTEMPTS, WINDOW_MS } from '../domain/login-throttle.ts';
import { canBeAccount, type Registration, readGuest, readRegistration, type User } from '../domain/user.ts';
import type { IssuedSession, SessionDraft } from './issuer.ts';
import { hashOf } from './refresh-token.ts';
import { TooBusy } from './turns.ts';

/** How somebody becomes a customer or a guest, and comes back: what needs passwords, tokens and the database together. */
type LetIn = { user: User; session: IssuedSession };

export async function registerUser(input: Registration, context: Context): Promise<LetIn> {
  const { viewer, users, passwords, issuer, now } = context;
  const { email, displayName, password } = readRegistration(input);
  const account = { email, displayName, passwordHash: await orBusy(passwords.hash(password)) };
  const at = now();
  const draft = issuer.draft(at);
  const promoted =
    viewer?.kind === 'GUEST' ? await users.promoteGuest(viewer.id, account, draft.stored, at) : undefined;
  return letIn(promoted ?? (await users.register(account, draft.stored, at)), draft, at, context);
}

export async function logIn(input: { email: string; password: string }, context: Context): Promise<LetIn> {
  const { users, sessions, throttle, passwords, issuer, now } = context;
  const { email, password } = input;
  const at = now();
  const isPossible = canBeAccount(input);
  // Counted before the password is looked at, or guesses sent at the same moment would all get through.
  if (isPossible && !(await throttle.attempt(email, at)))
    throw new Rejection(
      'TOO_MANY_ATTEMPTS',
      `${MAX_ATTEMPTS} logins with this address have failed: try again in ${WINDOW_MS / 60_000} minutes`,
      ['input', 'email'],
    );
  const found = isPossible ? await users.findLogin(email) : undefined;
  // An impossible password is not worth hashing; the time it takes must be that of any other all the same.
  const matching = passwords.matches(found?.passwordHash, isPossible ? password : '');
  const matches = await orBusy(matching, isPossible ? () => throttle.takeBack(email) : undefined);
  if (!found || !matches) throw new Rejection('INVALID_CREDENTIALS', 'no account has this e-mail address and password');
  await throttle.succeeded(email);
  const draft = issuer.draft(at);
  await sessions.open(found.user.id, draft.stored, at);
  return letIn(found.user, draft, at, context);
}

export async function refreshSession(
  { refreshToken }: { refreshToken: string },
  { sessions, issuer, now }: Context,
): Promise<{ session: IssuedSession }> {
  const path = ['input', 'refreshToken'];
  const invalid = () =>
    new Rejection('INVALID_TOKEN', 'the refresh token is unknown, expired or revoked: log in again', path);
  const hash = hashOf(refreshToken);
  if (!hash) throw invalid();
  const at = now();
  const draft = issuer.draft(at);
  const result = await sessions.refresh(hash, draft.stored, at);
  if (result.outcome === 'unknown') throw invalid();
  if (result.outcome === 'reused')
    throw new Rejection(
      'TOKEN_REUSED',
      'the refresh token was used before, so the session was ended: log in again',
      path,
    );
  return { session: await issuer.issue(result.user, draft, at) };
}

export async function logOut({ refreshToken }: { refreshToken: string }, { sessions, now }: Context): Promise<object> {
  const hash = hashOf(refreshToken);
  if (!hash) throw new Rejection('INVALID_TOKEN', 'the refresh token has no valid form', ['input', 'refreshToken']);
  await sessions.end(hash, now());
  return {};
}

export async function createGuest(
  input: { email: string; name?: string | null | undefined },
  context: Context,
): Promise<LetIn> {
  const { users, issuer, now } = context;
  const guest = readGuest(input);
  const at = now();
  const draft = issuer.draft(at);
  return letIn(await users.createGuest(guest, draft.stored, at), draft, at, context);
}

async function letIn(user: User, draft: SessionDraft, at: Date, { issuer, knows }: Context): Promise<LetIn> {
  const session = await issuer.issue(user, draft, at);
  // The request came without their token, and yet it is theirs: they may see their own e-mail address in the answer.
  knows(user.id);
  return { user, session };
}

async function orBusy<T>(hashing: Promise<T>, undo?: () => Promise<void>): Promise<T> {
  try {
    return await hashing;
  } catch (error) {
    if (!(error instanceof TooBusy)) throw error;
    await undo?.();
    throw new Fault('UNAVAILABLE', 'too many people are logging in: try again in a moment', { cause: error });
  }
}
