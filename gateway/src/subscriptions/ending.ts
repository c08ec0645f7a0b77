import type { GraphQLFormattedError } from 'graphql';

/** Why a subscription ended before its client let go of it. */
export type EndReason =
  | 'expired'
  | 'slow'
  | 'missed'
  | 'invalid'
  | 'moved'
  | 'shutdown'
  | 'refused'
  | 'unreachable'
  | 'complete';
/** Without an error there was nothing more to tell. */
export type Ending = { readonly reason: EndReason; readonly error?: GraphQLFormattedError };

const ending = (reason: EndReason, code: string, message: string): Ending => ({
  reason,
  error: { message, extensions: { code } },
});

export const ENDINGS: Readonly<Record<Exclude<EndReason, 'refused'>, Ending>> = {
  complete: { reason: 'complete' },
  expired: ending('expired', 'UNAUTHENTICATED', 'the access token has expired: subscribe again with a new one'),
  slow: ending('slow', 'SLOW_CONSUMER', 'the answers were not taken in time: read what you need, and subscribe again'),
  missed: ending('missed', 'EVENTS_MISSED', 'changes may have been missed: read what you need, and subscribe again'),
  invalid: ending(
    'invalid',
    'GRAPHQL_VALIDATION_FAILED',
    'the schema has changed, and the subscription does not fit it',
  ),
  moved: ending(
    'moved',
    'EVENTS_MISSED',
    'the events come from elsewhere now: read what you need, and subscribe again',
  ),
  unreachable: ending(
    'unreachable',
    'UNAVAILABLE',
    'what is subscribed to cannot be reached now: subscribe again later',
  ),
  shutdown: ending('shutdown', 'GOING_AWAY', 'this server is about to stop: subscribe again'),
};
